/* Where the time of workload W, and of durable appends to files, goes, by function: V8's sampling profiler, on while a timed phase runs. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { targetFolder } from "../../../scripts/shared/paths.mjs";
import { playInChromium } from "../hosts/chromium.mjs";
import { node24, runProgram } from "../hosts/node.mjs";
import { summarise } from "../report/profile.mjs";

const SCENARIO = "W, 1,000 in flight";
const MOST_LINES = 30;

const task = ({ rounds }) => ({
  subjects: ["ours"],
  rounds,
  size: "full",
  select: [SCENARIO],
  profile: true,
});

const percent = (part) => `${(part * 100).toFixed(1)} %`;

function results(versions, profiles) {
  const { owners, functions } = summarise(profiles);
  const shown = functions.slice(0, MOST_LINES);
  return {
    versions,
    figures: [],
    detail: { owners, functions: shown },
    tables: [
      { rows: [["whose", "part"], ...owners.map(({ name, part }) => [name, percent(part)])] },
      {
        left: 3,
        rows: [
          ["function", "place", "whose", "part"],
          ...shown.map(({ called, place, owner, part }) => [called, place, owner, percent(part)]),
        ],
      },
    ],
  };
}

const APPENDS = 3_000;

const onFiles =
  (program) =>
  async ({ report }) => {
    const directory = join(targetFolder, "bench", "profiled-files");
    const task = { directory, appends: APPENDS };
    const { node, answer } = await runProgram("profiled-appends", task, { node: await program(), report });
    rmSync(directory, { recursive: true, force: true });
    return results(`Node.js ${node}`, answer.profiles);
  };

export const profiles = [
  {
    name: "profile-node",
    title: "Where the time of W goes",
    async run(options) {
      const { report } = options;
      const { node, answer } = await runProgram("play", task(options), { flags: ["--expose-gc"], report });
      return results(`Node.js ${node}`, answer.profiles);
    },
  },
  {
    name: "profile-chromium",
    title: "Where the time of W goes",
    async run(options) {
      const { version, profiles } = await playInChromium({ ...task(options), report: options.report });
      return results(version, profiles);
    },
  },
  {
    name: "profile-files",
    title: "Where the time of appends to files goes, one after another",
    run: onFiles(() => process.execPath),
  },
  {
    name: "profile-files-24",
    title: "Where the time of appends to files goes, one after another",
    run: onFiles(node24),
  },
];
