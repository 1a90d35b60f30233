/* How the cost of single operations grows with what is there, and what subscribers cost. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { targetFolder } from "../../../scripts/shared/paths.mjs";
import { runProgram } from "../hosts/node.mjs";

const SIZES = {
  quick: { entries: [1e3, 1e4, 1e5], workers: [10, 100, 1_000] },
  full: { entries: [1e3, 1e4, 1e5, 1e6], workers: [10, 100, 1_000, 10_000] },
};

const MOST_RUNS = 3;

/** Of one operation on one backend: what it costs at the largest size, to what it costs at the smallest but one, which is warm. */
const growthOf = (rows, operation) => Math.max(1, rows.at(-1)[operation] / rows[1][operation]);

/** Of several runs the least that each operation took: whatever else the machine does only adds to it. */
function leastOf(runs) {
  return runs[0].map((row, at) => {
    const least = (key, value) => Math.min(value, ...runs.slice(1).map((run) => run[at][key]));
    const cells = Object.entries(row);
    return Object.fromEntries(
      cells.map(([key, value]) => [key, typeof value === "number" ? least(key, value) : value]),
    );
  });
}

async function grow({ effort, rounds, report }) {
  const directory = join(targetFolder, "bench", "growth");
  rmSync(directory, { recursive: true, force: true });
  const task = { ...SIZES[effort], directory: effort === "full" ? directory : undefined };
  const runs = [];
  let node;
  for (let run = 0; run < Math.min(rounds, MOST_RUNS); run++) {
    const ran = await runProgram("growth", task, { report });
    node = ran.node;
    runs.push(ran.answer);
  }
  const answer = leastOf(runs);
  const host = `Node.js ${node}`;
  const operations = Object.keys(answer.at(-1)).filter(
    (key) => !["backend", "by", "entries", "workers"].includes(key),
  );
  const count = (value) => value.toLocaleString("en");
  const lines = answer.map((row) => [
    row.backend,
    row.by,
    count(row.entries),
    count(row.workers),
    ...operations.map((operation) => row[operation]?.toFixed(2) ?? ""),
  ]);
  const byEntries = (wanted) => answer.filter(({ backend, by }) => backend === wanted && by === "entries");
  const [ours, plain] = ["memory", "a plain class"].map(byEntries);
  // Places all over a history that no processor's cache holds take longer to reach, whoever keeps it.
  const worst = Math.max(
    ...["transcriptProjection", "readEvents", "workerDetail", "summary", "sendInput"].map(
      (operation) => growthOf(ours, operation) / growthOf(plain, operation),
    ),
  );
  return {
    versions: host,
    figures: [{ id: "growth.memory", host, value: worst, clock: "process CPU" }],
    detail: answer,
    tables: [{ rows: [["backend", "by", "entries", "Workers", ...operations], ...lines], left: 2 }],
  };
}

async function subscribe({ report }) {
  const { node, answer } = await runProgram("subscribers", { many: 1_000, events: 1_000 }, { report });
  const host = `Node.js ${node}`;
  const [one, many] = answer;
  return {
    versions: host,
    figures: [{ id: "subscribers.reads", host, value: many.behind.records / one.behind.records }],
    detail: answer,
    tables: [
      {
        rows: [
          ["subscribers", "behind: records read", "CPU ms", "live: CPU ms"],
          ...answer.map(({ behind, live }) => [
            behind.subscribers,
            behind.records,
            behind.cpuMs.toFixed(0),
            live.cpuMs.toFixed(0),
          ]),
        ],
      },
    ],
  };
}

export const growth = [
  {
    name: "growth",
    title: "Costs as a runtime grows: µs of CPU time an operation, pages of 16",
    quick: false,
    run: grow,
  },
  { name: "subscribers", title: "A thousand events for each subscriber", quick: true, run: subscribe },
];
