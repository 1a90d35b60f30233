// What became of the cells, kept in target/packaging/results.json: of the present package only.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { packageHash } from "../../pack.mjs";
import { targetFolder } from "../../shared/paths.mjs";

export const resultsFile = join(targetFolder, "packaging", "results.json");

/** The results that the present package has by now. @returns {import("./runner.mjs").Result[]} */
export function readResults() {
  if (!existsSync(resultsFile)) return [];
  const kept = JSON.parse(readFileSync(resultsFile, "utf8"));
  return kept.package === packageHash() ? kept.results : [];
}

/** Puts new results in the place of older ones of the same cells. @param {import("./runner.mjs").Result[]} results */
export function keepResults(results) {
  const anew = new Set(results.map(({ id }) => id));
  const all = [...readResults().filter(({ id }) => !anew.has(id)), ...results];
  all.sort((a, b) => (a.id < b.id ? -1 : 1));
  mkdirSync(dirname(resultsFile), { recursive: true });
  const text = JSON.stringify({ package: packageHash(), results: all }, null, 2);
  writeFileSync(resultsFile, `${text}\n`);
}
