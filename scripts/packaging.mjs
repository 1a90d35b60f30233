// Tries the packed package in the hosts of its users: the consumer projects of tests/packaging. Selected by name or by the
// beginning of a cell's name, `npm run packaging -- vite node/node-js-22`; `--table` tries what the present package was not tried
// in yet and writes the README's table.
import { pathToFileURL } from "node:url";
import { pack } from "./pack.mjs";
import { main, step } from "./shared/progress.mjs";
import { Unavailable } from "./shared/unavailable.mjs";
import { closingLine } from "./test/counts.mjs";
import { consumers, selectConsumers } from "./test/packaging/consumers.mjs";
import { keepResults, readResults } from "./test/packaging/results.mjs";
import { runCells } from "./test/packaging/runner.mjs";
import { tableFindings, writeTable } from "./test/packaging/table.mjs";

const indented = (text) => text.replace(/^/gm, "    ");

/**
 * Runs the cells that `names` select, all of them without a name; then the README's table has to fit. Answers with the
 * counts and shows the reason of each that was skipped.
 */
export async function tryPackage(names, report) {
  const results = await runCells(await selectConsumers(names), report, keepResults);
  const failures = failuresOf(results);
  const findings = tableFindings(await consumers(), results);
  const of = (outcome) => results.filter((result) => result.outcome === outcome);
  for (const { id, reason } of of("skipped")) console.log(`  skipped ${id}: ${reason}`);
  return {
    counts: {
      passed: of("passed").length + (findings.length === 0 ? 1 : 0),
      failed: failures.length + findings.length,
      skipped: of("skipped").length,
    },
    failures: [...failures, ...findings],
  };
}

const failuresOf = (results) =>
  results.filter(({ outcome }) => outcome === "failed").map(({ id, reason }) => `${id}\n${indented(reason)}`);

/** Runs what has not passed yet, whole consumers at a time, and writes the table. */
async function makeTable(report) {
  const passed = new Set(
    readResults()
      .filter(({ outcome }) => outcome === "passed")
      .map(({ id }) => id),
  );
  const all = await consumers();
  const left = all
    .map((consumer) => ({ ...consumer, cells: consumer.cells.filter(({ id }) => !passed.has(id)) }))
    .filter(({ cells }) => cells.length > 0);
  const failures = failuresOf(await runCells(left, report, keepResults));
  if (failures.length > 0) throw new Unavailable(failures.join("\n\n"));
  return writeTable(all, readResults());
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  await main(async () => {
    await step("package", pack);
    if (process.argv.includes("--table")) {
      await step("table", makeTable);
      return;
    }
    const { counts, failures } = await step("packaging", (report) =>
      tryPackage(process.argv.slice(2), report),
    );
    console.log(`\n${[...failures, closingLine(counts)].join("\n\n")}`);
    if (failures.length > 0) process.exitCode = 1;
  });
}
