// Tries the packed package in the hosts of its users: the consumer projects of tests/packaging. Selected by name or by the
// beginning of a cell's name, `npm run packaging -- vite node/node-22`; `--table` then writes the README's table.
import { pathToFileURL } from "node:url";
import { pack } from "./pack.mjs";
import { main, step } from "./shared/progress.mjs";
import { consumers, selectConsumers } from "./test/packaging/consumers.mjs";
import { keepResults, readResults } from "./test/packaging/results.mjs";
import { runCells } from "./test/packaging/runner.mjs";
import { tableFindings, writeTable } from "./test/packaging/table.mjs";

const indented = (text) => text.replace(/^/gm, "    ");

/**
 * Runs the cells that `names` select, all of them without a name; then the README's table has to fit. Answers with the
 * counts and shows the reason of each that failed or was skipped.
 */
export async function tryPackage(names, report) {
  const selected = await selectConsumers(names);
  const results = await runCells(selected, report);
  keepResults(results);
  const failures = results
    .filter(({ outcome }) => outcome === "failed")
    .map(({ id, reason }) => `${id}\n${indented(reason)}`);
  failures.push(...tableFindings(await consumers(), results));
  const of = (outcome) => results.filter((result) => result.outcome === outcome);
  for (const { id, reason } of of("skipped")) console.log(`  skipped ${id}: ${reason}`);
  const tableFits = failures.length === of("failed").length;
  return {
    counts: {
      passed: of("passed").length + (tableFits ? 1 : 0),
      failed: failures.length,
      skipped: of("skipped").length,
    },
    failures,
  };
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  await main(async () => {
    const names = process.argv.slice(2).filter((name) => !name.startsWith("--"));
    const table = process.argv.includes("--table");
    await step("package", pack);
    if (!table || names.length > 0) {
      const { failures } = await step("packaging", (report) => tryPackage(names, report));
      const serious = table ? failures.filter((text) => !text.startsWith("README.md")) : failures;
      console.log(serious.join("\n"));
      if (serious.length > 0) process.exitCode = 1;
    }
    if (table) await step("table", async () => writeTable(await consumers(), readResults()));
  });
}
