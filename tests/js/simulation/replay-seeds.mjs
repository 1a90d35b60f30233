/**
 * A process of its own that replays scripts: told of seeds, it tells what became of each. As a program it replays one seed,
 * given as its argument, and shows where the two traces part.
 */
import { load, Replay } from "./replay.mjs";
import { program, scripts } from "./simulator.mjs";

/**
 * What each replay came to: its steps, by their names, and where it parts from the script, if it does; nothing more is
 * replayed then where that `stops` it.
 */
async function replaySeeds(entry, values, { stops = false } = {}) {
  const outcomes = [];
  let replay;
  let outcome;
  let seen;
  for await (const value of values) {
    if (value.seed !== undefined) {
      replay = new Replay(entry, value);
      outcome = { seed: value.seed, steps: {}, problem: null };
      outcomes.push(outcome);
    } else if (outcome.problem !== null) {
      // The rest says nothing new.
      if (stops) {
        break;
      }
    } else if (Array.isArray(value)) {
      const [, name] = value;
      outcome.steps[name] = (outcome.steps[name] ?? 0) + 1;
      try {
        seen = await replay.step(value);
      } catch (error) {
        outcome.problem = error.message;
      }
    } else if (typeof value === "string") {
      if (value !== seen) {
        outcome.problem = `step ${replay.steps}: expected\n${value}seen\n${seen}`;
      }
    } else if (value.hash !== replay.trace.hash) {
      outcome.problem = `the hash of the trace is ${replay.trace.hash}, and was ${value.hash}`;
    } else {
      outcome.hash = value.hash;
    }
  }
  return outcomes;
}

const [argument] = process.argv.slice(2);
if (process.send === undefined) {
  const entry = await load(new URL("../", import.meta.resolve("worker-runtime")));
  const seed = Number(argument);
  const outcomes = await replaySeeds(entry, scripts(await program(), seed, seed + 1, true));
  for (const { problem, hash } of outcomes) {
    console.log(problem ?? `seed ${seed}: the same trace, ${hash}`);
  }
  process.exitCode = outcomes.every(({ problem }) => problem === null) ? 0 : 1;
} else {
  const entry = await load(new URL(argument));
  process.on("message", async ({ program, first, last, hasWords, stops }) => {
    process.send(await replaySeeds(entry, scripts(program, first, last, hasWords), { stops }));
  });
}
