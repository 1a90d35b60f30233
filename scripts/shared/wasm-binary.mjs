// The binary format of WebAssembly modules: https://webassembly.github.io/spec/core/binary/modules.html

export const HEADER_BYTES = 8;
/** Numbers of sections. */
export const CUSTOM = 0;
export const EXPORT = 7;
export const CODE = 10;
export const DATA = 11;

/** Reads `bytes` from `at` to `end`. */
export class Reader {
  constructor(bytes, at, end) {
    Object.assign(this, { bytes, at, end });
  }

  get isAtEnd() {
    return this.at >= this.end;
  }

  byte() {
    return this.bytes[this.at++];
  }

  /** An unsigned LEB128 integer. */
  integer() {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = this.byte();
      value += (byte % 128) * factor;
      if (byte < 128) return value;
    }
  }

  text() {
    const { length } = this.part();
    return Buffer.from(this.bytes.subarray(this.at - length, this.at)).toString("utf8");
  }

  /** What comes next with its length before it; the reader goes on behind it. */
  part() {
    const length = this.integer();
    this.at += length;
    return { length, content: new Reader(this.bytes, this.at - length, this.at) };
  }
}

/** Each section: the place that it takes, from its number on, and a reader of what is in it. */
export function* sectionsOf(bytes) {
  const reader = new Reader(bytes, HEADER_BYTES, bytes.length);
  while (!reader.isAtEnd) {
    const start = reader.at;
    const number = reader.byte();
    const { content } = reader.part();
    yield { number, start, end: reader.at, content };
  }
}
