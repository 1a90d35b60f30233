/** The seeds of the crate's simulation drive the package, and leave the same traces. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Replayer, replayAll } from "./processes.mjs";
import { program } from "./simulator.mjs";

/** How many seeds are replayed, at least. */
const SEEDS = Number(process.env.SIMULATION_SEEDS ?? 500);

const folder = new URL("../", import.meta.resolve("worker-runtime"));

/** Everything that the surroundings do. */
const STEPS = [
  ...["open", "submit", "transcript", "events", "follow", "withdraw", "close", "inspect"],
  ...["process", "deliver", "time-out", "fail", "wake", "overdue", "quiet", "tick"],
  ...["crash", "take-back", "delete"],
];

const again = (seed) => `node tests/js/simulation/replay-seeds.mjs ${seed}`;

/** The first difference between two traces of a seed. */
async function difference(simulator, seed) {
  const replayer = new Replayer(folder);
  try {
    const [{ problem }] = await replayer.replay(simulator, seed, seed + 1, { hasWords: true });
    return problem;
  } finally {
    replayer.end();
  }
}

/** Most of it is work for all processors, which others may want as well. */
const timeout = 900_000;

test("the same seeds leave the same traces in Rust and in the package", { timeout }, async (t) => {
  const simulator = await program();
  const began = performance.now();
  const outcomes = await replayAll(folder, simulator, SEEDS);
  const seconds = (performance.now() - began) / 1000;
  const failed = outcomes.filter(({ problem }) => problem !== null);
  if (failed.length > 0) {
    const seeds = failed.map(({ seed, problem }) => `seed ${seed}: ${problem}\n${again(seed)}`);
    assert.fail([...seeds, await difference(simulator, failed[0].seed)].join("\n"));
  }
  const count = (name) => outcomes.reduce((sum, { steps }) => sum + (steps[name] ?? 0), 0);
  const counts = STEPS.map((name) => `${name} ${count(name)}`);
  t.diagnostic(
    `${outcomes.length} seeds left the same traces in ${seconds.toFixed(1)} s: ${counts.join(", ")}`,
  );
  assert.ok(outcomes.length >= SEEDS);
  assert.equal(
    new Set(outcomes.map(({ hash }) => hash)).size,
    outcomes.length,
    "each seed leaves another trace",
  );
  // Fewer seeds need not meet everything.
  for (const name of SEEDS >= 500 ? STEPS : []) {
    assert.ok(count(name) > 0, `nothing of this happened: ${name}`);
  }
});
