/* Modules as bytes, by the binary format: https://webassembly.github.io/spec/core/binary. No host has to take them. */

export const unsigned = (value) => {
  const bytes = [];
  for (let rest = BigInt(value); ; rest >>= 7n) {
    const byte = Number(rest & 127n);
    if (rest < 128n) return [...bytes, byte];
    bytes.push(byte + 128);
  }
};

export const signed = (value) => {
  const bytes = [];
  for (let rest = BigInt(value); ; rest >>= 7n) {
    const byte = Number(rest & 127n);
    if (rest >= -64n && rest < 64n) return [...bytes, byte];
    bytes.push(byte + 128);
  }
};

const sized = (bytes) => Buffer.concat([Buffer.from(unsigned(bytes.length)), bytes]);
const section = (number, content) => Buffer.concat([Buffer.from([number]), sized(content)]);

/** Functions as `[locals, instructions]`, with their last `end`, and one segment of `data`. */
export function moduleOf(functions, data = Buffer.alloc(0)) {
  const bodies = functions.map(([locals, instructions]) =>
    sized(
      Buffer.from([
        ...unsigned(locals.length),
        ...locals.flatMap(([count, type]) => [...unsigned(count), type]),
        ...instructions,
      ]),
    ),
  );
  return Buffer.concat([
    Buffer.from("\0asm\x01\0\0\0", "latin1"),
    section(10, Buffer.concat([Buffer.from(unsigned(bodies.length)), ...bodies])),
    section(11, Buffer.concat([Buffer.from([1, 0, 0x41, 0, 0x0b]), sized(data)])),
  ]);
}

const I32 = 0x7f;
const I64 = 0x7e;
const EMPTY = 0x40;

/** Instructions of every kind, blocks in blocks, at `random`; `random(n)` is below n. */
export function randomFunction(random, length) {
  const integer = () => unsigned(random(2) === 0 ? random(100) : random(2 ** (1 + random(31))));
  const bytes = (count) => Array.from({ length: count }, () => random(256));
  const kinds = [
    () => [[0x00, 0x01, 0x0f, 0x1a, 0x1b][random(5)]],
    () => [0x45 + random(0xc4 - 0x45 + 1)],
    () => [0x0c + random(2), ...integer()],
    () => {
      const count = random(128);
      return [0x0e, ...unsigned(count), ...Array.from({ length: count + 1 }, integer).flat()];
    },
    () => [0x10, ...integer()],
    () => [0x11, ...integer(), 0],
    () => [0x20 + random(3), ...integer()],
    () => [0x23 + random(2), ...integer()],
    () => [0x28 + random(0x3e - 0x28 + 1), 0, ...integer()],
    () => [0x3f + random(2), 0],
    () => [0x41, ...signed(random(2 ** 32) - 2 ** 31)],
    () => [0x42, ...signed(BigInt.asIntN(64, (BigInt(random(2 ** 32)) << 32n) | BigInt(random(2 ** 32))))],
    () => [0x43, ...bytes(4)],
    () => [0x44, ...bytes(8)],
    () => [0xfc, ...[[random(8)], [10, 0, 0], [11, 0]][random(3)]],
  ];
  const instructions = [];
  let depth = 0;
  for (let left = length; left > 0 || depth > 0; left--) {
    const which = left > 0 ? random(20) : 0;
    if (which === 0 && depth > 0) {
      instructions.push(0x0b);
      depth -= 1;
    } else if (which === 1) {
      instructions.push(0x02 + random(3), [EMPTY, I32, I64, random(64)][random(4)]);
      depth += 1;
    } else if (which === 2 && depth > 0) {
      instructions.push(0x05);
    } else if (left > 0) {
      instructions.push(...kinds[random(kinds.length)]());
    }
  }
  const locals = Array.from({ length: random(5) }, () => [random(500), [I32, I64, 0x7d, 0x7c][random(4)]]);
  return [locals, [...instructions, 0x0b]];
}
