// What follows the opcode of an instruction, and in which stream split.mjs puts it:
// https://webassembly.github.io/spec/core/binary/instructions.html

/** The stream that has all opcodes, and the immediates that compress best beside them. */
export const OPCODES = 0;
/** Streams of integers of one kind. */
const LOCALS = 1;
const BRANCHES = 2;
export const BLOCKS = 3;
/** Of offsets, before each of which comes that there is no alignment. */
export const LOADS = 4;
export const STORES = 5;
/** Of integers that say in front how many there are: declarations of locals, `br_table`. */
export const LISTS = 6;
export const STREAMS = 7;
/** In place of a stream: nothing follows, and a block ends. */
export const ENDS = 7;

/** An integer among the opcodes comes first. */
export const INTEGER = 8;
/** Among the opcodes so many bytes. */
const bytes = (count) => 16 * count;

/** The first byte of opcodes that have two. */
export const PREFIX = 0xfc;
/**
 * Second bytes behind which there is nothing, or zeros, which read as opcodes that nothing follows: the saturating conversions,
 * `memory.copy`, `memory.fill`.
 */
export const PREFIXED = [0, 1, 2, 3, 4, 5, 6, 7, 10, 11];

const range = (first, last) => Array.from({ length: last - first + 1 }, (_, at) => first + at);

const FOLLOWED = [
  // unreachable, nop, else, return, drop, select; comparisons, arithmetic, conversions, sign extension
  [[0x00, 0x01, 0x05, 0x0f, 0x1a, 0x1b, ...range(0x45, 0xc4)], 0],
  // block, loop, if
  [range(0x02, 0x04), BLOCKS],
  [[0x0b], ENDS],
  // br, br_if
  [range(0x0c, 0x0d), BRANCHES],
  // br_table
  [[0x0e], LISTS],
  // call, global.get, global.set, i32.const, i64.const
  [[0x10, 0x23, 0x24, 0x41, 0x42], INTEGER],
  // call_indirect
  [[0x11], INTEGER | bytes(1)],
  // local.get, local.set, local.tee
  [range(0x20, 0x22), LOCALS],
  [range(0x28, 0x35), LOADS],
  [range(0x36, 0x3e), STORES],
  // memory.size, memory.grow
  [range(0x3f, 0x40), bytes(1)],
  // f32.const, f64.const
  [[0x43], bytes(4)],
  [[0x44], bytes(8)],
  [[PREFIX], bytes(1)],
];

/** Of each opcode that there may be, what follows: the number of a stream, `INTEGER`, and sixteen times a count of bytes. */
export const FOLLOWED_BY = new Map(
  FOLLOWED.flatMap(([opcodes, what]) => opcodes.map((opcode) => [opcode, what])),
);
