/* Workload W and its parts in memory, beside plain JavaScript. */
import { playInChromium } from "../hosts/chromium.mjs";
import { node24, runProgram } from "../hosts/node.mjs";
import { figures } from "../report/statistics.mjs";
import { ratioTable } from "../report/table.mjs";

const SUBJECTS = ["plain", "validated", "ours"];
const QUICK = ["W, 1,000 in flight", "W, each awaited", "many Workers", "long transcripts"];

/** Which phase of which scenario is which figure. */
export const NAMED = {
  "memory.w": ["W, 1,000 in flight", "whole"],
  "memory.send": ["W, 1,000 in flight", "sendInput"],
  "memory.send-awaited": ["W, each awaited", "sendInput"],
  "memory.events": ["long transcripts", "readEvents"],
  "memory.transcript": ["long transcripts", "transcriptProjection"],
  "memory.list": ["many Workers", "listWorkers"],
  "memory.detail": ["many Workers", "workerDetail"],
  "memory.create": ["many Workers", "createWorker"],
};

function results(host, clock, played) {
  const all = figures(played.rows, "plain");
  const found = (scenario, phase) =>
    all.find((figure) => figure.scenario === scenario && figure.phase === phase);
  return {
    versions: host,
    detail: all,
    figures: Object.entries(NAMED).map(([id, [scenario, phase]]) => {
      const { clocks, rounds } = found(scenario, phase);
      return {
        id,
        host,
        value: clocks[clock].ratio.ours,
        quartiles: clocks[clock].spread.ours,
        rounds,
        clock,
      };
    }),
    tables: [ratioTable(all, "plain")],
  };
}

const task = ({ rounds, effort }) => ({
  subjects: SUBJECTS,
  rounds,
  size: "full",
  select: effort === "quick" ? QUICK : undefined,
});

const inNode = (program) => async (options) => {
  const { node, answer } = await runProgram("play", task(options), {
    node: await program(),
    flags: ["--expose-gc"],
    report: options.report,
  });
  return results(`Node.js ${node}`, "thread", answer);
};

async function inChromium(options) {
  const played = await playInChromium({ ...task(options), report: options.report });
  return results(played.version, "thread", played);
}

export const memory = [
  { name: "memory-node", title: "Memory, this Node.js", quick: true, run: inNode(() => process.execPath) },
  { name: "memory-node-24", title: "Memory, Node.js 24", quick: false, run: inNode(node24) },
  { name: "memory-chromium", title: "Memory, Chromium", quick: true, run: inChromium },
];
