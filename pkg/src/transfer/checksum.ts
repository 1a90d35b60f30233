const encoder = new TextEncoder();

/** Lines of at most so many UTF-16 code units are encoded into one place, again and again. */
const SHORT_UNITS = 16 * 1024;

/** Bytes that are taken at once. */
const STRIDE = 8;

/** Made with the first checksum: most programs export nothing. */
let made: { readonly table: Int32Array; readonly place: Uint8Array } | undefined;

/** What a byte does to the state: 256 entries each for a byte that none follows of those taken at once, one, two … */
function table(): Int32Array {
  const entries = new Int32Array(STRIDE * 256);
  for (let byte = 0; byte < 256; byte++) {
    let value = byte;
    for (let bit = 0; bit < 8; bit++) {
      value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
    }
    entries[byte] = value;
  }
  for (let i = 256; i < entries.length; i++) {
    const before = entries[i - 256] as number;
    entries[i] = (entries[before & 0xff] as number) ^ (before >>> 8);
  }
  return entries;
}

/** What the four bytes of a word do that `following` bytes follow. */
function fourBytes(entries: Int32Array, word: number, following: number): number {
  const first = (following + 3) * 256;
  return (
    (entries[first + (word & 0xff)] as number) ^
    (entries[first - 256 + ((word >>> 8) & 0xff)] as number) ^
    (entries[first - 512 + ((word >>> 16) & 0xff)] as number) ^
    (entries[first - 768 + (word >>> 24)] as number)
  );
}

function oneByte(entries: Int32Array, state: number, byte: number): number {
  return (entries[(state ^ byte) & 0xff] as number) ^ (state >>> 8);
}

/** CRC-32 (IEEE 802.3) of lines, each as UTF-8 and followed by a line feed. */
export class LineChecksum {
  private state = -1;
  private readonly table: Int32Array;
  private readonly place: Uint8Array;

  constructor() {
    made ??= { table: table(), place: new Uint8Array(3 * SHORT_UNITS) };
    this.table = made.table;
    this.place = made.place;
  }

  add(line: string): void {
    if (line.length <= SHORT_UNITS) {
      this.take(this.place, encoder.encodeInto(line, this.place).written);
    } else {
      const bytes = encoder.encode(line);
      this.take(bytes, bytes.length);
    }
  }

  /** 8 lower-case hex digits. */
  value(): string {
    return ((this.state ^ -1) >>> 0).toString(16).padStart(8, "0");
  }

  private take(bytes: Uint8Array, length: number): void {
    const entries = this.table;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    let { state } = this;
    let at = 0;
    for (; at + STRIDE <= length; at += STRIDE) {
      const before = state ^ view.getInt32(at, true);
      state = fourBytes(entries, before, 4) ^ fourBytes(entries, view.getInt32(at + 4, true), 0);
    }
    for (; at < length; at++) {
      state = oneByte(entries, state, view.getUint8(at));
    }
    this.state = oneByte(entries, state, 0x0a);
  }
}
