// Takes a module's code apart: opcodes from what follows them, and that by kind. A compressor sees the pattern in each that it
// does not see where they alternate, which is a tenth of the module's size. reader.mjs puts them together again.
import { CODE, sectionsOf } from "../shared/wasm-binary.mjs";
import {
  BLOCKS,
  ENDS,
  FOLLOWED_BY,
  INTEGER,
  LISTS,
  LOADS,
  OPCODES,
  PREFIX,
  PREFIXED,
  STORES,
  STREAMS,
} from "./opcodes.mjs";

/** How many integers there are may take one byte. */
const LONGEST_LIST = 127;

function splitFunction(body, streams, name) {
  const bytes = (count) => {
    const taken = body.bytes.subarray(body.at, body.at + count);
    streams[OPCODES].push(...taken);
    body.at += count;
    return taken.at(-1);
  };
  const integer = (stream) => {
    const from = body.at;
    const value = body.integer();
    streams[stream].push(...body.bytes.subarray(from, body.at));
    return value;
  };
  /** As many integers as follow a count. */
  const list = (following) => {
    const count = integer(LISTS);
    if (count > LONGEST_LIST) throw new Error(`${name} has a list of ${count}`);
    for (let left = following(count); left > 0; left--) integer(LISTS);
  };
  const unknown = (...opcode) => {
    const bytes = opcode.map((byte) => `0x${byte.toString(16)}`).join(" ");
    return new Error(`${name} has an instruction ${bytes}: say in scripts/build/opcodes.mjs what follows it`);
  };

  const unaligned = () => {
    if (body.byte() !== 0) throw new Error(`${name} has an alignment`);
  };

  // Locals: of each type how many.
  list((count) => 2 * count);
  for (let depth = 1; depth > 0; ) {
    const opcode = bytes(1);
    const followed = FOLLOWED_BY.get(opcode);
    if (followed === undefined) throw unknown(opcode);
    if (followed & INTEGER) integer(OPCODES);
    const last = bytes(followed >> 4);
    if (opcode === PREFIX && !PREFIXED.includes(last)) throw unknown(opcode, last);
    const stream = followed % INTEGER;
    if (stream === ENDS) {
      depth -= 1;
    } else if (stream === LISTS) {
      // Labels, and that of no other case.
      list((count) => count + 1);
    } else if (stream !== OPCODES) {
      if (stream === BLOCKS) depth += 1;
      if (stream === LOADS || stream === STORES) unaligned();
      integer(stream);
    }
  }
  if (!body.isAtEnd) throw new Error(`${name} goes on behind its end`);
}

/**
 * What a module is up to its first function, the streams, what comes behind its last function, and how many bytes each function is.
 * Throws where there is an instruction that opcodes.mjs does not know.
 */
export function splitCode(module) {
  const code = [...sectionsOf(module)].find(({ number }) => number === CODE);
  const reader = code.content;
  const functions = reader.integer();
  const start = module.subarray(0, reader.at);
  const streams = Array.from({ length: STREAMS }, () => []);
  const sizes = [];
  for (let at = 0; at < functions; at++) {
    const { length, content } = reader.part();
    sizes.push(length);
    splitFunction(content, streams, `function ${at}`);
  }
  return { start, streams: streams.map(Buffer.from), end: module.subarray(code.end), sizes };
}
