/*
 * The in-memory scenarios in this Node.js: node --expose-gc play-node.mjs '{"subjects":[…],"rounds":7,"size":"full"}'.
 * Prints progress as lines that begin with "#", and last the rows as JSON.
 */
import { Session } from "node:inspector/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { packedFolder } from "../../../scripts/shared/paths.mjs";
import { clocks } from "./clock-node.mjs";
import { playRounds } from "./rounds.mjs";
import { loadPlayers } from "./subjects.mjs";

const SETTLE_MS = 50;

const { subjects, rounds, size, select, profile = false } = JSON.parse(process.argv[2]);
const packed = createRequire(join(packedFolder, "package.json")).resolve("worker-runtime");
const here = (path) => new URL(`../${path}`, import.meta.url).href;
const players = await loadPlayers(subjects, size, here, pathToFileURL(packed).href);

const profiles = [];
const inspector = new Session();
if (profile) {
  inspector.connect();
  await inspector.post("Profiler.enable");
}

const host = {
  names: async () => players[subjects[0]].names,
  phases: async (subject, scenario) => players[subject].phases(scenario),
  // What helper threads still do after a collection is not the next subject's.
  settle: async () => {
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

const rows = await playRounds({
  subjects,
  rounds,
  host,
  select,
  profile,
  report: (text) => console.log(`# ${text}`),
});
console.log(JSON.stringify({ node: process.versions.node, v8: process.versions.v8, rows, profiles }));
