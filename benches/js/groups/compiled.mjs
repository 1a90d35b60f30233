/*
 * Workload W at the two ends of what a process or page may have compiled: as the first thing that it does, every subject in one of its
 * own; and again and again in one, with nothing collected in between that would have engines forget what they compiled.
 */
import { playInChromium } from "../hosts/chromium.mjs";
import { node24, runProgram } from "../hosts/node.mjs";
import { figures } from "../report/statistics.mjs";
import { ratio } from "../report/table.mjs";

const SUBJECTS = ["plain", "validated", "ours"];
const SCENARIO = "W, 1,000 in flight";

const inNode = (program) => async (task, report) => {
  const { node, answer } = await runProgram("play", task, {
    node: await program(),
    flags: ["--expose-gc"],
    report,
  });
  return { version: `Node.js ${node}`, rows: answer.rows };
};

const HOSTS = [
  inNode(() => process.execPath),
  inNode(node24),
  async (task, report) => playInChromium({ ...task, report }),
];

/** The rows of one host, under its name. */
async function playFirst(host, { rounds, report }) {
  const all = [];
  for (let round = 1; round <= rounds; round++) {
    for (let turn = 0; turn < SUBJECTS.length; turn++) {
      const subject = SUBJECTS[(round + turn) % SUBJECTS.length];
      const task = { subjects: [subject], rounds: 1, isFirst: true, size: "full", select: [SCENARIO] };
      const { version, rows } = await host(task, (text) => report(`${text}, process ${round} of ${rounds}`));
      all.push(...rows.map((row) => ({ ...row, round, scenario: version })));
    }
  }
  return all;
}

/** The rows of one host, under its name. */
async function playWarm(host, { rounds, report }) {
  const task = { subjects: SUBJECTS, rounds, isWarm: true, size: "full", select: [SCENARIO] };
  const { version, rows } = await host(task, report);
  return rows.map((row) => ({ ...row, scenario: version }));
}

const inHosts = (id, play) => async (options) => {
  const found = [];
  for (const host of HOSTS) found.push(...figures(await play(host, options), "plain"));
  return {
    versions: [...new Set(found.map(({ scenario }) => scenario))].join(", "),
    detail: found,
    figures: found
      .filter(({ phase }) => phase === "whole")
      .map(({ scenario, rounds, clocks: { thread } }) => ({
        id,
        host: scenario,
        value: thread.ratio.ours,
        quartiles: thread.spread.ours,
        rounds,
        clock: "thread",
      })),
    tables: [
      {
        left: 2,
        rows: [
          ["host", "phase", "plain µs", "ours µs", "thread CPU ratio", "quartiles", "validated ratio"],
          ...found.map(({ scenario, phase, clocks: { thread } }) => [
            scenario,
            phase,
            thread.microseconds.plain.toFixed(2),
            thread.microseconds.ours.toFixed(2),
            ratio(thread.ratio.ours),
            thread.spread.ours.map(ratio).join("–"),
            ratio(thread.ratio.validated),
          ]),
        ],
      },
    ],
  };
};

export const compiled = [
  {
    name: "memory-first",
    title: "Memory, the first of a process",
    quick: false,
    run: inHosts("memory.w-first", playFirst),
  },
  {
    name: "memory-warm",
    title: "Memory, nothing collected in between",
    quick: false,
    run: inHosts("memory.w-warm", playWarm),
  },
];
