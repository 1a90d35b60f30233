/* The core as native code: criterion's benches, and what a store costs as it grows. */
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { ask, run } from "../../../scripts/shared/command.mjs";
import { root, targetFolder } from "../../../scripts/shared/paths.mjs";

const results = join(targetFolder, "criterion");

function* estimates() {
  for (const group of readdirSync(results).sort()) {
    for (const name of readdirSync(join(results, group)).sort()) {
      const read = (file) => JSON.parse(readFileSync(join(results, group, name, "new", file), "utf8"));
      if (name === "report") continue;
      const { throughput } = read("benchmark.json");
      yield {
        group,
        name,
        elements: throughput?.Elements ?? 1,
        nanoseconds: read("estimates.json").median.point_estimate,
      };
    }
  }
}

const cargo = (bench, args, report) =>
  run("cargo", ["bench", "--locked", "--bench", bench, "--", ...args], {
    cwd: root,
    log: `bench-${bench}`,
    onLine: report,
  });

const GROWTH_COLUMNS = [
  "entries",
  "Workers",
  "life",
  "life, settled",
  "at rest",
  "steps",
  "largest step",
  "idle steps",
  "opening: records",
  "bytes",
  "time",
  "page: records before",
  "settled",
  "append",
];

const versions = () => ask("rustc", ["--version"], { cwd: root }) ?? "rustc";

async function core({ report }) {
  rmSync(results, { recursive: true, force: true });
  await cargo("core", ["--noplot"], report);
  const rows = [...estimates()];
  return {
    versions: versions(),
    figures: [],
    detail: rows,
    tables: [
      {
        left: 2,
        rows: [
          ["", "", "µs", "ns an item"],
          ...rows.map(({ group, name, elements, nanoseconds }) => [
            group,
            name,
            (nanoseconds / 1e3).toFixed(1),
            (nanoseconds / elements).toFixed(0),
          ]),
        ],
      },
    ],
  };
}

async function grow({ report }) {
  const output = await cargo("growth", [], report);
  const lines = output.split("\n");
  const from = lines.findIndex((line) => line.includes("entries workers"));
  const cells = (line) => line.trim().split(/\s+/);
  const rows = lines
    .slice(from + 1)
    .filter((line) => /^\s*\d+ /.test(line))
    .map((line) => cells(line.replace(/([\d.]+) ?(?:ns|µs|ms|s)\b/g, (time) => time.replace(" ", ""))));
  return { versions: versions(), figures: [], detail: rows, tables: [{ rows: [GROWTH_COLUMNS, ...rows] }] };
}

export const native = [
  { name: "native-core", title: "The core as native code", quick: false, run: core },
  { name: "native-growth", title: "A store as it grows, native", quick: false, run: grow },
];
