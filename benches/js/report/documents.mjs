/* Puts what was measured into the documents: tables between markers, and plots. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../../scripts/shared/paths.mjs";
import { REACH } from "../reach.mjs";
import { filled, provenance, table } from "./markdown.mjs";
import { kept } from "./results.mjs";
import { ratio } from "./table.mjs";
import { bound, isReached } from "./verdict.mjs";

const DOCUMENTS = ["README.md", "docs/performance.md"].map((name) => join(root, name));

const hostOf = (host) => host.replace(/^(Node\.js \d+)\..*/, "$1");

/** Every bound with what was reached, a column for each host. */
function verdictTable(results) {
  const figures = [...results.values()].flatMap(({ figures }) => figures);
  const hosts = [...new Set(figures.map(({ host }) => hostOf(host)))].sort((a, b) => a.localeCompare(b));
  const rows = Object.entries(REACH).map(([id, goal]) => {
    const of = (host) => figures.find((figure) => figure.id === id && hostOf(figure.host) === host);
    const cellOf = (figure) => {
      if (figure === undefined) return "";
      const value = ratio(figure.value);
      return isReached(figure) ? value : `**${value}** ✗`;
    };
    const unit = goal.unit === "ratio" || goal.unit === "times" ? "" : ` ${goal.unit}`;
    return [goal.what, goal.against, `${bound(goal)}${unit}`, ...hosts.map((host) => cellOf(of(host)))];
  });
  return table({ rows: [["what", "against", "to reach", ...hosts], ...rows], left: 2 });
}

/** What a reader of the front page wants to know: by figure, how it is said. */
const HEADLINES = [
  [
    "memory.w",
    "workload W in memory (1,000 Workers, 100,000 inputs, everything read back), to plain JavaScript",
    (x) => `${x} ×`,
  ],
  ["memory.w-warm", "the same again and again in one process or page", (x) => `${x} ×`],
  [
    "indexeddb.together",
    "1,000 durable appends at once, IndexedDB, to one transaction each",
    (x) => `${x} × as fast`,
  ],
  ["files.together", "the same on files, to one write and flush each", (x) => `${x} × as fast`],
  ["indexeddb.open", "opening 1,000 Workers with 100,000 entries, to reading rows", (x) => `${x} × as fast`],
  ["indexeddb.page", "a page of 256 out of a million stored entries, to reading one record", (x) => `${x} ×`],
  ["store.commit", "written by a commit of one", (x) => `content + ${Math.round(x)} bytes`],
  ["store.rest", "at rest", (x) => `${x} × content`],
  ["stored.resident", "memory with a million stored entries open", (x) => `${x} MiB`],
];

function headlineTable(results) {
  const figures = [...results.values()].flatMap(({ figures }) => figures);
  const rows = HEADLINES.flatMap(([id, what, say]) => {
    const own = figures.filter((figure) => figure.id === id);
    const said = own.map(({ value, host }) =>
      own.length > 1 ? `${say(ratio(value))} in ${hostOf(host)}` : say(ratio(value)),
    );
    return own.length === 0 ? [] : [[what, said.join(", ")]];
  });
  return table({ rows: [["", "measured"], ...rows], left: 2 });
}

function blocks() {
  const results = kept();
  const made = new Map([
    ["verdict", verdictTable(results)],
    ["headline", headlineTable(results)],
  ]);
  for (const [name, result] of results) {
    made.set(name, [...result.tables.map(table), provenance(result)].join("\n\n"));
  }
  return made;
}

/** Renews the documents from what is kept. */
export function renewDocuments() {
  const made = blocks();
  for (const path of DOCUMENTS) {
    const before = readFileSync(path, "utf8");
    const { text } = filled(before, made);
    if (text !== before) writeFileSync(path, text);
  }
}
