// A module that reads what ascii.mjs has spelt, and puts together what split.mjs has taken apart.
import binaryen from "binaryen";
import { BLOCKS, ENDS, FOLLOWED_BY, INTEGER, LISTS, LOADS, OPCODES, STORES } from "./opcodes.mjs";

const PAGE = 65_536;
/**
 * Before the text is a table: the byte at a code unit, or at the first unit and 256 times the second. Units are 32 and more, so that
 * there is room in front for where each stream goes on.
 */
const TEXT = 128 * 256;
/** The size of a function is below 128³. */
const SIZE = 3;
/**
 * What puts functions together is there so many times, each for a part of them. Chromium, as V8 from Node.js 22 on, begins to optimise a function that has run
 * through 13 MB of its own code; here that is never done before everything is read, and kept a page 0.8 ms longer from its first `create`.
 */
const PARTS = 3;

/** Where everything is: the split module in the place of its text, the module, and what follows each opcode. */
function layoutOf({ start, streams, end }, bytes, units) {
  const place = TEXT + units + 1;
  const followed = place + bytes + SIZE;
  const places = [TEXT + start.length];
  for (const { length } of streams) places.push(places.at(-1) + length);
  return {
    place,
    followed,
    streams: places.slice(0, -1),
    end: places.at(-1),
    split: places.at(-1) + end.length,
    pages: Math.ceil((followed + 256) / PAGE),
  };
}

const escaped = (bytes) => bytes.map((byte) => `\\${byte.toString(16).padStart(2, "0")}`).join("");
const littleEndian = (number) => [0, 8, 16, 24].map((shift) => (number >>> shift) & 255);
/** What follows each of them, as data. */
const followedBy = (opcodes) => escaped(opcodes.map((opcode) => FOLLOWED_BY.get(opcode) ?? 0));

const constant = (value) => `(i32.const ${value})`;
/** Where a stream goes on. */
const goesOn = (stream) => constant(4 * stream);
const raise = (local, by) => `(local.set ${local} (i32.add (local.get ${local}) ${constant(by)}))`;
const less = (local) => `(local.tee ${local} (i32.sub (local.get ${local}) (i32.const 1)))`;
/** Copies a byte from a place to the module, and keeps it in `$byte`. */
const copy = (from) => `
      (i32.store8 (local.get $out) (local.tee $byte (i32.load8_u (local.get ${from}))))
      ${raise("$out", 1)}
      ${raise(from, 1)}`;
/** An integer's bytes are 128 and more but for the last. */
const GOES_ON = "(i32.ge_u (local.get $byte) (i32.const 128))";

const SPELL = (first, split) => `
  (func $spell (local $from i32) (local $out i32) (local $byte i32)
    (local.set $from (local.tee $out ${constant(TEXT)}))
    (loop $next
      (if (i32.ge_u (local.tee $byte (i32.load8_u (local.get $from))) ${constant(first)}) (then
        (local.set $byte (i32.load16_u (local.get $from)))
        ${raise("$from", 1)}))
      ${raise("$from", 1)}
      (i32.store8 (local.get $out) (i32.load8_u (local.get $byte)))
      (br_if $next (i32.lt_u
        (local.tee $out (i32.add (local.get $out) (i32.const 1)))
        ${constant(split)}))))`;

/** `$left` integers of `$stream`, an opcode and what follows it among them, and so on to the end of the function. */
const INSTRUCTIONS = (followed) => `
      (loop $next
        (if (local.get $left) (then
          (local.set $in (i32.load (local.get $stream)))
          (loop $more
            ${copy("$in")}
            (br_if $more ${GOES_ON})
            (br_if $more ${less("$left")}))
          (i32.store (local.get $stream) (local.get $in))))
        ${copy("$from")}
        (br_if $next (i32.eqz (local.tee $followed (i32.load8_u offset=${followed} (local.get $byte)))))
        (if (i32.and (local.get $followed) ${constant(INTEGER)}) (then
          (loop $more
            ${copy("$from")}
            (br_if $more ${GOES_ON}))))
        (if (local.tee $left (i32.shr_u (local.get $followed) (i32.const 4))) (then
          (loop $more
            ${copy("$from")}
            (br_if $more ${less("$left")}))))
        (local.set $stream (i32.shl (local.tee $followed (i32.and (local.get $followed) (i32.const 7))) (i32.const 2)))
        (if (i32.eq (local.get $followed) ${constant(ENDS)})
          (then
            ${raise("$depth", -1)})
          (else
            (local.set $depth (i32.add (local.get $depth) (i32.eq (local.get $followed) ${constant(BLOCKS)})))
            (local.set $left (i32.ne (local.get $followed) (i32.const 0)))
            ;; Nothing is there yet: zero is what stands in the module's place.
            (local.set $out (i32.add (local.get $out) (i32.or
              (i32.eq (local.get $followed) ${constant(LOADS)})
              (i32.eq (local.get $followed) ${constant(STORES)}))))
            ;; The count, the labels, and that of no other case.
            (if (i32.eq (local.get $followed) ${constant(LISTS)}) (then
              (local.set $left (i32.add (i32.load8_u (i32.load ${goesOn(LISTS)})) (i32.const 2)))))))
        (br_if $next (local.get $depth)))`;

/** The size of a function comes before it and shows behind it: then it moves to where its size ends. */
const SIZED = `
      (local.set $byte (local.tee $left (i32.sub (i32.sub (local.get $out) (local.get $start)) ${constant(SIZE)})))
      (local.set $out (local.get $start))
      (loop $more
        (i32.store8 (local.get $out) (i32.or
          (local.get $byte)
          (i32.shl (i32.gt_u (local.get $byte) (i32.const 127)) (i32.const 7))))
        ${raise("$out", 1)}
        (br_if $more (local.tee $byte (i32.shr_u (local.get $byte) (i32.const 7)))))
      (memory.copy (local.get $out) (i32.add (local.get $start) ${constant(SIZE)}) (local.get $left))
      (local.set $out (i32.add (local.get $out) (local.get $left)))`;

/** Puts `functions` together from where the last one has ended to `$out`, and answers where they end. */
const PUT = (functions, part, followed) => `
  (func $put${part} (param $out i32) (result i32)
      (local $from i32) (local $in i32) (local $byte i32) (local $left i32) (local $functions i32)
      (local $start i32) (local $stream i32) (local $followed i32) (local $depth i32)
    (local.set $from (i32.load ${goesOn(OPCODES)}))
    (local.set $functions ${constant(functions)})
    (loop $function
      (local.set $out (i32.add (local.tee $start (local.get $out)) ${constant(SIZE)}))
      (local.set $depth (i32.const 1))
      ;; How many types, and of each what it is and how many.
      (local.set $stream ${goesOn(LISTS)})
      (local.set $left (i32.add
        (i32.shl (i32.load8_u (i32.load (local.get $stream))) (i32.const 1))
        (i32.const 1)))
      ${INSTRUCTIONS(followed)}
      ${SIZED}
      (br_if $function ${less("$functions")}))
    (i32.store ${goesOn(OPCODES)} (local.get $from))
    (local.get $out))`;

/** How many functions are in each of the parts, which are of about as many bytes. No two are of as many functions: they would be made one. */
function partsOf(sizes) {
  const whole = sizes.reduce((sum, size) => sum + size, 0);
  const counts = [];
  let have = 0;
  let before = 0;
  for (const [at, size] of sizes.entries()) {
    have += size;
    const count = at + 1 - before;
    const isEnough = have * PARTS >= whole * (counts.length + 1) && !counts.includes(count);
    if (!isEnough && at + 1 < sizes.length) continue;
    counts.push(count);
    before = at + 1;
  }
  return counts;
}

/**
 * `read` puts the bytes of the split module in the place of its text, which is never behind them: units below `first` are a byte
 * each, others and the one behind them are one. Then it makes the module of them.
 */
function source({ start, end, sizes }, at, first) {
  const parts = partsOf(sizes);
  return `(module
  (memory (export "memory") ${at.pages})
  (data (i32.const 0) "${escaped(at.streams.flatMap(littleEndian))}")
  (data (i32.const ${at.followed}) "${followedBy(Array.from({ length: 0x45 }, (_, opcode) => opcode))}")
  (data (i32.const ${at.followed + 0xfc}) "${followedBy([0xfc])}")
  ${SPELL(first, at.split)}
  ${parts.map((functions, part) => PUT(functions, part, at.followed)).join("")}
  (func (export "read")
    (call $spell)
    (memory.copy ${constant(at.place)} ${constant(TEXT)} ${constant(start.length)})
    (memory.copy
      ${parts.reduce((out, _, part) => `(call $put${part} ${out})`, constant(at.place + start.length))}
      ${constant(at.end)}
      ${constant(end.length)})))`;
}

/** Its bytes and where it puts the `bytes` of the module, for a text of so many code units. */
export function readerOf(split, bytes, units, first) {
  const at = layoutOf(split, bytes, units);
  const reader = binaryen.parseText(source(split, at, first));
  try {
    reader.setFeatures(binaryen.Features.BulkMemory | binaryen.Features.BulkMemoryOpt);
    binaryen.setOptimizeLevel(2);
    // Otherwise the parts, which only differ in how many functions they do, become one, and so do a function that is called once and its caller.
    binaryen.setShrinkLevel(1);
    binaryen.setOneCallerInlineMaxSize(0);
    reader.optimize();
    return { reader: [...reader.emitBinary()], place: at.place };
  } finally {
    reader.dispose();
  }
}
