// Runs the tests in stages and ends with one line that sums them up. Stages are selected by name or group:
// `npm test -- rust js`.

import { pack } from "./pack.mjs";
import { toolEnvironment } from "./setup/environment.mjs";
import { main, seconds, step } from "./shared/progress.mjs";
import { Unavailable } from "./shared/unavailable.mjs";
import { add, closingLine, none, oneFailed } from "./test/counts.mjs";
import { inTheirTurns } from "./test/schedule.mjs";
import { stages } from "./test/stages.mjs";

function select(names) {
  const known = new Set(stages.flatMap(({ name, group }) => [name, group]));
  const unknown = names.filter((name) => !known.has(name));
  if (unknown.length > 0) {
    throw new Unavailable(`There is no stage ${unknown.join(", ")}. There are: ${[...known].join(", ")}`);
  }
  return names.length === 0
    ? stages
    : stages.filter(({ name, group }) => names.includes(name) || names.includes(group));
}

/** The stage's counts; a failure is shown and counts at least once. */
async function runStage(stage, env) {
  const started = performance.now();
  let counts;
  try {
    await step(stage.name, async (report) => {
      counts = await stage.run({ env, report });
      return counts.passed === 1 && counts.skipped === 0 ? "" : closingLine(counts);
    });
  } catch (error) {
    counts = error.counts?.failed > 0 ? error.counts : add(error.counts ?? none, oneFailed);
    console.log(`\n${failureOf(error)}\n`);
  }
  return { name: stage.name, counts, ms: performance.now() - started };
}

const LONGEST_FAILURE_LINES = 200;
const FAILED_TESTS = "✖ failing tests:";

function failureOf(error) {
  if (error.output === undefined) return error.stack ?? String(error);
  const output = error.output.trimEnd().split("\n");
  // What has failed is told once more at the end of Node.js's reports.
  const lines = output.slice(Math.max(0, output.indexOf(FAILED_TESTS)));
  const left = lines.length - LONGEST_FAILURE_LINES;
  const shown = left > 0 ? [`(${left} lines before these)`, ...lines.slice(left)] : lines;
  return [...shown, error.message.split("\n")[0]].join("\n");
}

function showSummary(results) {
  const total = results.reduce((sum, { counts }) => add(sum, counts), none);
  console.log(
    `\n${"stage".padEnd(16)}${"passed".padStart(8)}${"failed".padStart(8)}${"skipped".padStart(9)}${"time".padStart(9)}`,
  );
  for (const { name, counts, ms } of results) {
    const numbers = [
      String(counts.passed).padStart(8),
      String(counts.failed).padStart(8),
      String(counts.skipped).padStart(9),
    ];
    console.log(`${name.padEnd(16)}${numbers.join("")}${seconds(ms).padStart(9)}`);
  }
  console.log(`\n${closingLine(total)}`);
  return total;
}

await main(async () => {
  const selected = select(process.argv.slice(2));
  const env = toolEnvironment();
  if (selected.some(({ needsPackage }) => needsPackage)) await step("package", pack);
  const results = await inTheirTurns(selected, (stage) => runStage(stage, env));
  const total = showSummary(results);
  if (total.failed > 0) process.exitCode = 1;
});
