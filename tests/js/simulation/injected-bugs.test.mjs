/** A package with a bug leaves another trace: the simulation has to notice each of these. */
import assert from "node:assert/strict";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { BUGS } from "./bugs.mjs";
import { Replayer } from "./processes.mjs";
import { program } from "./simulator.mjs";

/** Each bug shows within so many seeds; most of them within a few. */
const SEEDS = 1_000;
const SEEDS_AT_ONCE = 10;

const modules = fileURLToPath(new URL("../", import.meta.resolve("worker-runtime")));

/** What the modules that a runtime consists of are bundled into. */
const BUNDLE = "chunks/runtime.js";

/** A copy of the package with a bug in it. */
async function withBug(t, { module, from, to }) {
  const copy = await mkdtemp(join(tmpdir(), "injected-bug-"));
  t.after(() => rm(copy, { recursive: true }));
  await cp(modules, join(copy, "dist"), { recursive: true, dereference: true });
  await writeFile(join(copy, "package.json"), JSON.stringify({ type: "module" }));
  const file = join(copy, "dist", BUNDLE);
  const text = await readFile(file, "utf8");
  assert.equal(text.split(from).length, 2, `${module} has no longer one place for this bug: see bugs.mjs`);
  await writeFile(
    file,
    text.replace(from, () => to),
  );
  return pathToFileURL(join(copy, "dist/"));
}

async function notice(t, bug) {
  const simulator = await program();
  const replayer = new Replayer(await withBug(t, bug));
  t.after(() => replayer.end());
  for (let first = 0; first < SEEDS; first += SEEDS_AT_ONCE) {
    const last = first + SEEDS_AT_ONCE;
    const outcomes = await replayer.replay(simulator, first, last, { stops: true });
    const found = outcomes.find(({ problem }) => problem !== null);
    if (found !== undefined) {
      t.diagnostic(`seed ${found.seed}: ${found.problem}`);
      return;
    }
  }
  assert.fail(`${SEEDS} seeds leave the same traces with this bug`);
}

describe("a bug is noticed", { concurrency: availableParallelism() }, () => {
  for (const bug of BUGS) {
    test(bug.name, (t) => notice(t, bug));
  }
});
