/* Bytes: what is written and lies in a store, and what stays in memory. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { targetFolder } from "../../../scripts/shared/paths.mjs";
import { runProgram } from "../hosts/node.mjs";
import { median } from "../report/statistics.mjs";

const MIB = 2 ** 20;
const SIZES = {
  quick: [
    { workers: 10, each: 100 },
    { workers: 1_000, each: 100 },
  ],
  full: [
    { workers: 10, each: 100 },
    { workers: 100, each: 100 },
    { workers: 1_000, each: 100 },
    { workers: 10_000, each: 100 },
    { workers: 10, each: 100_000 },
    { workers: 1_000, each: 1_000 },
  ],
};

async function written({ effort, report }) {
  const task = { sizes: SIZES[effort], ones: effort === "full" ? 100_000 : 10_000 };
  const { node, answer } = await runProgram("store-costs", task, { report });
  const host = `Node.js ${node}`;
  const most = (name) => Math.max(...answer.rows.map((row) => row[name]));
  return {
    versions: host,
    figures: [
      { id: "store.commit", host, value: most("beyondContent") },
      { id: "store.life", host, value: Math.max(most("life"), answer.lifeOfOnes) },
      { id: "store.rest", host, value: most("rest") },
    ],
    detail: answer,
    tables: [
      {
        rows: [
          ["Workers", "entries", "commit of one", "life", "at rest", "records", "largest"],
          ...answer.rows.map((row) => [
            row.workers.toLocaleString("en"),
            row.entries.toLocaleString("en"),
            `content + ${row.beyondContent}`,
            `${row.life.toFixed(2)} ×`,
            `${row.rest.toFixed(2)} ×`,
            row.records,
            row.largestRecord,
          ]),
          [
            "100",
            task.ones.toLocaleString("en"),
            "each alone",
            `${answer.lifeOfOnes.toFixed(2)} ×`,
            "",
            "",
            "",
          ],
        ],
      },
    ],
  };
}

const MANY = 400_000;
const PAGES = 1_000;
/** V8's young generation at its smallest: it doubles once enough was made and thrown away, by whomever, and is not given back. */
const SMALL_YOUNG_GENERATION = "--max-semi-space-size=1";

async function resident({ rounds, report }) {
  const directory = join(targetFolder, "bench", "resident");
  rmSync(directory, { recursive: true, force: true });
  let node;
  const measure = async (task, flags = []) => {
    const ran = await runProgram(
      "residency",
      { directory, ...task },
      { flags: ["--expose-gc", ...flags], report },
    );
    node = ran.node;
    return ran.answer;
  };
  const repeated = async (task, ...flags) => {
    const answers = [];
    for (let at = 0; at < Math.min(rounds, 3); at++) answers.push(await measure(task, flags));
    const of = (pick) => median(answers.map(pick));
    return {
      content: answers[0].bytes,
      resident: of(({ rss }) => rss),
      live: of(({ heapUsed, external }) => heapUsed + external),
    };
  };
  report("runtimes in memory");
  const empty = await repeated({ kind: "empty" });
  const plain = await repeated({ kind: "plain", workers: 1_000, entries: MANY });
  const memory = await repeated({ kind: "memory", workers: 1_000, entries: MANY });
  const halves = {
    plain: await repeated({ kind: "plain", workers: 1_000, entries: MANY / 2 }),
    memory: await repeated({ kind: "memory", workers: 1_000, entries: MANY / 2 }),
  };
  const small = { kind: "memory", workers: 1, entries: 1_000, pages: PAGES };
  const paged = await repeated(small, SMALL_YOUNG_GENERATION);
  report("a store of a million entries");
  await measure({ kind: "write", workers: 1_000, entries: 1_000_000 });
  const opened = await repeated({ kind: "stored" });
  const full = await repeated({ kind: "stored", pages: PAGES }, SMALL_YOUNG_GENERATION);
  const grown = {
    paged: await repeated(small),
    full: await repeated({ kind: "stored", pages: PAGES }),
  };
  rmSync(directory, { recursive: true, force: true });
  const host = `Node.js ${node}`;
  const perEntry = (kind, by) => (kind[by] - empty[by] - kind.content) / MANY;
  const more = (kind, half, by) => (kind[by] - half[by] - (kind.content - half.content)) / (MANY / 2);
  const mebibytes = (bytes) => `${(bytes / MIB).toFixed(1)} MiB`;
  return {
    versions: host,
    figures: [
      { id: "memory.entry", host, value: more(memory, halves.memory, "resident") },
      { id: "stored.resident", host, value: (opened.resident - empty.resident) / MIB },
      { id: "stored.resident-paged", host, value: (full.resident - paged.resident) / MIB },
    ],
    detail: { empty, plain, memory, halves, paged, opened, full, grown, entries: MANY, pages: PAGES },
    tables: [
      {
        rows: [
          ["", "resident", "live"],
          ["an empty runtime", mebibytes(empty.resident), mebibytes(empty.live)],
          ["a million stored entries, opened", mebibytes(opened.resident), mebibytes(opened.live)],
          ...[
            [`the same, ${PAGES} pages read`, grown.full],
            [`a small one in memory, ${PAGES} pages read`, grown.paged],
            [`stored, ${PAGES} pages read, young generation at its smallest`, full],
            [`small in memory, ${PAGES} pages read, likewise`, paged],
          ].map(([what, { resident, live }]) => [what, mebibytes(resident), mebibytes(live)]),
          ...Object.entries({
            "the runtime": [memory, halves.memory],
            "plain JavaScript": [plain, halves.plain],
          }).flatMap(([name, [kind, half]]) => [
            [
              `${name}, an entry in memory: content and`,
              ...["resident", "live"].map((by) => `${perEntry(kind, by).toFixed(0)} bytes`),
            ],
            [
              "each that is added to half as many: content and",
              ...["resident", "live"].map((by) => `${more(kind, half, by).toFixed(0)} bytes`),
            ],
          ]),
        ],
      },
    ],
  };
}

export const footprint = [
  { name: "footprint-written", title: "Bytes written and at rest", quick: true, run: written },
  { name: "footprint-resident", title: "Memory", quick: false, run: resident },
];
