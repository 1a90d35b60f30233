/* Durable appends beside one write and flush, or one transaction, for each. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { targetFolder } from "../../../scripts/shared/paths.mjs";
import { withPage } from "../hosts/chromium.mjs";
import { node24, runProgram } from "../hosts/node.mjs";
import { median, quartiles } from "../report/statistics.mjs";
import { ratio } from "../report/table.mjs";

/** How many times as many appends a second as the raw writer. */
export const timesGained = (rows, way) => median(rows.map((row) => row[way].raw / row[way].ours));

/** How fast it is to the least that a commit takes. */
export const timesByHand = (rows, way) => median(rows.map((row) => row[way].grouped / row[way].ours));

/** Times gained, and appends a second. */
function results(versions, ids, rows) {
  const seconds = (way, name) => Math.round(1e3 / median(rows.map((row) => row[way][name])));
  const times = (way, name = "ours") => rows.map((row) => row[way].raw / row[way][name]);
  const ways = {
    one: "one after another",
    together: "1,000 at once",
    lasting: "bursts of 1,000 without a pause",
  };
  return {
    versions,
    figures: Object.keys(ids).flatMap((way) => [
      {
        id: ids[way],
        host: versions,
        value: timesGained(rows, way),
        quartiles: quartiles(times(way)),
        rounds: rows.length,
        clock: "wall",
      },
      {
        id: `${ids[way]}-by-hand`,
        host: versions,
        value: timesByHand(rows, way),
        rounds: rows.length,
        clock: "wall",
      },
    ]),
    detail: Object.keys(ways).map((way) => ({
      way: ways[way],
      appendsPerSecond: { raw: seconds(way, "raw"), ours: seconds(way, "ours") },
    })),
    tables: [
      {
        rows: [
          ["", "raw a second", "by hand a second", "times", "ours a second", "times", "quartiles"],
          ...Object.entries(ways).map(([way, name]) => [
            name,
            seconds(way, "raw").toLocaleString("en"),
            seconds(way, "grouped").toLocaleString("en"),
            ratio(median(times(way, "grouped"))),
            seconds(way, "ours").toLocaleString("en"),
            ratio(timesGained(rows, way)),
            quartiles(times(way)).map(ratio).join("–"),
          ]),
        ],
      },
    ],
  };
}

const onFiles =
  (program) =>
  async ({ rounds, report }) => {
    const directory = join(targetFolder, "bench", "files");
    rmSync(directory, { recursive: true, force: true });
    const task = { directory, rounds };
    const { node, answer } = await runProgram("appends-node-fs", task, { node: await program(), report });
    rmSync(directory, { recursive: true, force: true });
    return results(`Node.js ${node}`, { one: "files.one", together: "files.together" }, answer);
  };

/** Bursts a round: a thousand transactions of the raw writer take half a second or more. */
const BATCHES = { full: 3, quick: 1 };

async function inIndexedDb({ effort, rounds }) {
  return withPage(async ({ tab, version }) => {
    const task = { rounds, batches: BATCHES[effort] };
    const rows = await tab.evaluate(async (task) => {
      const { measureInIndexedDb } = await import("/benches/programs/appends-indexeddb.mjs");
      return measureInIndexedDb(task);
    }, task);
    return results(version, { one: "indexeddb.one", together: "indexeddb.together" }, rows);
  });
}

export const appends = [
  {
    name: "appends-files",
    title: "Durable appends, files",
    quick: true,
    run: onFiles(() => process.execPath),
  },
  {
    name: "appends-files-24",
    title: "Durable appends, files, Node.js 24",
    quick: false,
    run: onFiles(node24),
  },
  { name: "appends-indexeddb", title: "Durable appends, IndexedDB `strict`", quick: true, run: inIndexedDb },
];
