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

function blocks() {
  const results = kept();
  const made = new Map([["verdict", verdictTable(results)]]);
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
