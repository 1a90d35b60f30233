/* Where the time of workload W goes, by function: V8's sampling profiler, on while a timed phase runs. */
import { playInChromium } from "../hosts/chromium.mjs";
import { playInNode } from "../hosts/node.mjs";
import { summarise } from "../report/profile.mjs";
import { aligned } from "../report/table.mjs";

const SCENARIO = "W, 1,000 in flight";
const MOST_LINES = 40;

const task = ({ rounds, report }) => ({
  subjects: ["ours"],
  rounds,
  size: "full",
  select: [SCENARIO],
  profile: true,
  report,
});

const percent = (part) => `${(part * 100).toFixed(1)} %`;

function results(versions, profiles) {
  const { owners, functions } = summarise(profiles);
  const shown = functions.slice(0, MOST_LINES);
  return {
    versions,
    figures: [],
    detail: { owners, functions: shown },
    text: [
      aligned(owners.map(({ name, part }) => [name, percent(part)])),
      aligned(
        shown.map(({ called, place, owner, part }) => [called, place, owner, percent(part)]),
        3,
      ),
    ].join("\n\n"),
  };
}

export const profiles = [
  {
    name: "profile-node",
    title: "Where the time of W goes",
    async run(options) {
      const { node, profiles } = await playInNode(task(options));
      return results(`Node.js ${node}`, profiles);
    },
  },
  {
    name: "profile-chromium",
    title: "Where the time of W goes",
    async run(options) {
      const { chromium, profiles } = await playInChromium(task(options));
      return results(`Chromium ${chromium}`, profiles);
    },
  },
];
