/** What a host has to tell of the bookkeeping in shared/books.js. */
import assert from "node:assert/strict";
import { ENTRIES } from "../shared/books.js";

/** Has the books kept twice, by `tell`, on one storage: the second time finds what the first has left. */
export async function keptTwice(tell, durability) {
  const first = await tell();
  assertKept(first, await tell(), durability);
}

export function assertKept(first, second, durability) {
  assert.deepEqual(first, { found: 0, total: ENTRIES, durability });
  assert.deepEqual(second, { found: ENTRIES, total: 2 * ENTRIES, durability });
}

/**
 * The last line of JSON in a program's output, which tells what became of its books. A warning of the host's comes by
 * another way, and on a busy machine after it.
 */
export function toldBy(output) {
  const last = output.split("\n").findLast((line) => /^[[{]/.test(line));
  try {
    return JSON.parse(last);
  } catch {
    throw new Error(`the program told nothing:\n${output}`);
  }
}
