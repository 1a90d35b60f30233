/** The commands that wait: their order, and that nobody pays for how many they are. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { CommandQueue } from "../../../pkg/dist/pipeline/queue.js";
import { quota, withWorker } from "./support.mjs";

/** Whole numbers below a bound, the same in every run. */
function sequence(seed) {
  let state = seed;
  return (bound) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * bound);
  };
}

/** Counts the elements of arrays that are copied: by parts, or one by one. */
function countCopies(t) {
  const copied = { elements: 0 };
  const { slice } = Array.prototype;
  const iterators = Object.getPrototypeOf([].values());
  const { next } = iterators;
  t.after(() => {
    Array.prototype.slice = slice;
    iterators.next = next;
  });
  Array.prototype.slice = function (...bounds) {
    const part = slice.apply(this, bounds);
    copied.elements += part.length;
    return part;
  };
  iterators.next = function () {
    copied.elements += 1;
    return next.call(this);
  };
  return copied;
}

test("what is copied for each mutation that the storage refuses does not grow with what waits behind it", async (t) => {
  const plan = {};
  const { say } = await withWorker(t, plan);
  plan.commit = () => Promise.reject(quota());
  const copied = countCopies(t);
  const each = [];
  for (const count of [1_000, 8_000]) {
    copied.elements = 0;
    const said = [];
    for (let i = 0; i < count; i++) {
      said.push(say("refused"));
    }
    const told = await Promise.allSettled(said);
    each.push(copied.elements / count);
    assert.ok(told.every(({ reason }) => reason.details.outcome === "not_applied"));
  }
  assert.ok(each[1] < each[0] * 1.25, `${each.map(Math.round)} elements for each of 1,000 and of 8,000`);
});

test("commands stay in order, whatever is taken, put back and withdrawn", () => {
  for (let seed = 1; seed <= 20; seed++) {
    const below = sequence(seed);
    const queue = new CommandQueue();
    const expected = [];
    let made = 0;
    for (let step = 0; step < 100; step++) {
      for (let i = below(40 * seed); i > 0; i--) {
        const command = { made: made++, settled: false };
        queue.push(command);
        expected.push(command);
      }
      // As a commit does: what is taken may come back, but for what was settled.
      const taken = expected.splice(0, below(256));
      for (const command of taken) {
        assert.equal(queue.first(), command);
        queue.take(1);
      }
      if (below(2) === 0) {
        const again = taken.slice(below(taken.length + 1));
        queue.putBack(again);
        expected.unshift(...again);
      }
      for (let i = below(100); i > 0 && expected.length > 0; i--) {
        const [withdrawn] = expected.splice(below(expected.length), 1);
        withdrawn.settled = true;
        queue.noteWithdrawn();
      }
      assert.equal(queue.first(), expected[0]);
    }
    assert.deepEqual(queue.drain(), expected);
    assert.equal(queue.first(), undefined);
  }
});
