const table = new Uint32Array(256);
for (let byte = 0; byte < 256; byte++) {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) {
    value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  }
  table[byte] = value;
}

const encoder = new TextEncoder();

/** CRC-32 (IEEE 802.3) of lines, each as UTF-8 and followed by a line feed. */
export class LineChecksum {
  private state = 0xffff_ffff;

  add(line: string): void {
    let state = this.state;
    for (const byte of encoder.encode(line)) {
      state = (table[(state ^ byte) & 0xff] as number) ^ (state >>> 8);
    }
    this.state = (table[(state ^ 0x0a) & 0xff] as number) ^ (state >>> 8);
  }

  /** 8 lower-case hex digits. */
  value(): string {
    return ((this.state ^ 0xffff_ffff) >>> 0).toString(16).padStart(8, "0");
  }
}
