/* The in-memory scenarios in this Node.js: node --expose-gc play.mjs '{"subjects":[…],"rounds":7,"size":"full"}'. */
import { Session } from "node:inspector/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { packedFolder } from "../../../scripts/shared/paths.mjs";
import { playRounds } from "../hosts/rounds.mjs";
import { loadPlayers } from "../hosts/subjects.mjs";
import { clocks } from "./clocks.mjs";
import { program } from "./program.mjs";

const SETTLE_MS = 50;
const here = (path) => new URL(`../${path}`, import.meta.url).href;
const packed = createRequire(join(packedFolder, "package.json")).resolve("worker-runtime");

async function profiler() {
  const inspector = new Session();
  inspector.connect();
  await inspector.post("Profiler.enable");
  return inspector;
}

await program(async ({ subjects, size, ...task }, report) => {
  const players = await loadPlayers(subjects, size, here, pathToFileURL(packed).href);
  const inspector = task.profile ? await profiler() : undefined;
  const profiles = [];
  const host = {
    names: async () => players[subjects[0]].names,
    phases: async (subject, scenario) => players[subject].phases(scenario),
    // What helper threads still do after a collection is not the next subject's.
    async settle() {
      globalThis.gc();
      await sleep(SETTLE_MS);
    },
    async play(subject, scenario, at, isProfiled) {
      if (isProfiled) await inspector.post("Profiler.start");
      const before = clocks();
      const sum = await players[subject].play(scenario, at);
      const after = clocks();
      if (isProfiled) profiles.push((await inspector.post("Profiler.stop")).profile);
      const spent = {};
      for (const clock of Object.keys(before)) {
        if (after[clock] !== undefined) spent[clock] = after[clock] - before[clock];
      }
      return { sum, spent };
    },
  };
  const rows = await playRounds({ ...task, subjects, host, report });
  return { rows, profiles };
});
