// A module that reads what ascii.mjs has spelt.
import binaryen from "binaryen";

const PAGE = 65_536;
/** Before the text is a table: the byte at a code unit, or at the first unit and 256 times the second. */
const TEXT = 128 * 256;

/**
 * `read` puts `count` bytes in the place of the text, which is never behind them. Units below `first` are a byte each, others and
 * the one behind them are one.
 */
const source = (pages, count, first) => `(module
  (memory (export "memory") ${pages})
  (func (export "read") (local $in i32) (local $out i32) (local $at i32) (local $wide i32)
    (local.set $in (local.tee $out (i32.const ${TEXT})))
    (loop $next
      (local.set $wide (i32.ge_u
        (i32.and (local.tee $at (i32.load16_u (local.get $in))) (i32.const 255))
        (i32.const ${first})))
      (local.set $in (i32.add (i32.add (local.get $in) (i32.const 1)) (local.get $wide)))
      (i32.store8 (local.get $out) (i32.load8_u (select
        (local.get $at)
        (i32.and (local.get $at) (i32.const 255))
        (local.get $wide))))
      (br_if $next (i32.lt_u
        (local.tee $out (i32.add (local.get $out) (i32.const 1)))
        (i32.const ${TEXT + count}))))))`;

/** Its bytes, for a text of so many code units. */
export function readerOf(units, count, first) {
  // The last unit is read along with the byte behind it.
  const pages = Math.ceil((TEXT + units + 1) / PAGE);
  const reader = binaryen.parseText(source(pages, count, first));
  try {
    binaryen.setOptimizeLevel(2);
    binaryen.setShrinkLevel(2);
    reader.optimize();
    return [...reader.emitBinary()];
  } finally {
    reader.dispose();
  }
}
