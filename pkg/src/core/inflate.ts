/**
 * Raw DEFLATE (RFC 1951) for hosts without `DecompressionStream`. What it reads comes with the package, so that it
 * checks nothing.
 */

const LENGTH_BASE = [
  3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195,
  227, 258,
];
const LENGTH_EXTRA = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0];
const DISTANCE_BASE = [
  1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097,
  6145, 8193, 12289, 16385, 24577,
];
const CODE_LENGTH_ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];
const MAX_BITS = 15;

/** A canonical Huffman code: how many codes have each length, and the symbols in the order of their codes. */
interface Code {
  readonly counts: Uint16Array;
  readonly symbols: Uint16Array;
}

function codeOf(lengths: ArrayLike<number>): Code {
  const counts = new Uint16Array(MAX_BITS + 1);
  for (let i = 0; i < lengths.length; i++) {
    const length = lengths[i] as number;
    counts[length] = (counts[length] as number) + 1;
  }
  counts[0] = 0;
  const offsets = new Uint16Array(MAX_BITS + 2);
  for (let bits = 1; bits <= MAX_BITS; bits++) {
    offsets[bits + 1] = (offsets[bits] as number) + (counts[bits] as number);
  }
  const symbols = new Uint16Array(lengths.length);
  for (let symbol = 0; symbol < lengths.length; symbol++) {
    const length = lengths[symbol] as number;
    if (length > 0) {
      const at = offsets[length] as number;
      symbols[at] = symbol;
      offsets[length] = at + 1;
    }
  }
  return { counts, symbols };
}

class BitReader {
  private at = 0;
  private held = 0;
  private count = 0;
  private readonly input: Uint8Array;

  constructor(input: Uint8Array) {
    this.input = input;
  }

  bits(count: number): number {
    while (this.count < count) {
      this.held |= (this.input[this.at++] as number) << this.count;
      this.count += 8;
    }
    const value = this.held & ((1 << count) - 1);
    this.held >>>= count;
    this.count -= count;
    return value;
  }

  symbol({ counts, symbols }: Code): number {
    let code = 0;
    let first = 0;
    let index = 0;
    for (let length = 1; ; length++) {
      code |= this.bits(1);
      const count = counts[length] as number;
      if (code - first < count) {
        return symbols[index + code - first] as number;
      }
      index += count;
      first = (first + count) << 1;
      code <<= 1;
    }
  }

  /** A stored block: its bytes start at the next whole byte, after their count and its complement. */
  stored(): Uint8Array {
    this.held = 0;
    this.count = 0;
    const length = (this.input[this.at] as number) | ((this.input[this.at + 1] as number) << 8);
    this.at += 4 + length;
    return this.input.subarray(this.at - length, this.at);
  }
}

function fixedCodes(): [Code, Code] {
  const lengths = new Uint8Array(288).fill(8).fill(9, 144, 256).fill(7, 256, 280);
  return [codeOf(lengths), codeOf(new Uint8Array(30).fill(5))];
}

function dynamicCodes(reader: BitReader): [Code, Code] {
  const literals = reader.bits(5) + 257;
  const distances = reader.bits(5) + 1;
  const used = reader.bits(4) + 4;
  const order = new Uint8Array(19);
  for (let i = 0; i < used; i++) {
    order[CODE_LENGTH_ORDER[i] as number] = reader.bits(3);
  }
  const code = codeOf(order);
  const lengths = new Uint8Array(literals + distances);
  for (let i = 0; i < lengths.length; ) {
    const symbol = reader.symbol(code);
    if (symbol < 16) {
      lengths[i++] = symbol;
    } else {
      const value = symbol === 16 ? (lengths[i - 1] as number) : 0;
      const repeat =
        symbol === 16 ? reader.bits(2) + 3 : symbol === 17 ? reader.bits(3) + 3 : reader.bits(7) + 11;
      lengths.fill(value, i, i + repeat);
      i += repeat;
    }
  }
  return [codeOf(lengths.subarray(0, literals)), codeOf(lengths.subarray(literals))];
}

/** Inflates `input`, which gives `length` bytes. */
export function inflateRaw(input: Uint8Array, length: number): Uint8Array<ArrayBuffer> {
  const output = new Uint8Array(length);
  const reader = new BitReader(input);
  let at = 0;
  let last = false;
  while (!last) {
    last = reader.bits(1) === 1;
    const type = reader.bits(2);
    if (type === 0) {
      const bytes = reader.stored();
      output.set(bytes, at);
      at += bytes.length;
      continue;
    }
    const [literals, distances] = type === 1 ? fixedCodes() : dynamicCodes(reader);
    for (;;) {
      const symbol = reader.symbol(literals);
      if (symbol < 256) {
        output[at++] = symbol;
      } else if (symbol === 256) {
        break;
      } else {
        const count =
          (LENGTH_BASE[symbol - 257] as number) + reader.bits(LENGTH_EXTRA[symbol - 257] as number);
        const code = reader.symbol(distances);
        const distance = (DISTANCE_BASE[code] as number) + reader.bits(Math.max(0, (code >> 1) - 1));
        for (const end = at + count; at < end; at++) {
          output[at] = output[at - distance] as number;
        }
      }
    }
  }
  return output;
}
