// Runs cells: two consumers at a time, the cells of one after another.
import { seconds } from "../../shared/progress.mjs";
import { Context, Skipped } from "./context.mjs";
import { prepareProject } from "./project.mjs";

const AT_A_TIME = 2;
const CELL_TIMEOUT_MS = 300_000;

const MARKS = { passed: "✓", failed: "✗", skipped: "–" };

function say(outcome, text) {
  if (process.stdout.isTTY) process.stdout.write("\r\x1b[2K");
  console.log(`  ${MARKS[outcome]} ${text}`);
}

function withTimeout(promise, ms) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no end after ${ms / 1000} s`)), ms);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** One cell's result; it rejects for nothing that the cell does. */
async function runCell(cell, context) {
  const started = performance.now();
  const { id, host, what } = cell;
  const result = { id, host, what, outcome: "passed" };
  try {
    const detail = await withTimeout(cell.run(context), CELL_TIMEOUT_MS);
    if (typeof detail === "string") result.detail = detail;
  } catch (error) {
    result.outcome = error instanceof Skipped ? "skipped" : "failed";
    result.reason = error instanceof Skipped ? error.message : (error?.stack ?? String(error));
  }
  try {
    await context.end();
  } catch (error) {
    result.outcome = "failed";
    result.reason = `${result.reason ?? ""}\nat its end: ${error?.stack ?? error}`.trim();
  }
  if (context.version !== undefined) result.version = context.version;
  result.seconds = Number(((performance.now() - started) / 1000).toFixed(1));
  const more = result.outcome === "skipped" ? result.reason : (result.detail ?? "");
  const version = result.version === undefined ? "" : ` ${result.version}`;
  say(
    result.outcome,
    `${`${host}${version}: ${what}`.padEnd(60)} ${seconds(result.seconds * 1000).padStart(7)}  ${more}`,
  );
  return result;
}

async function runConsumer(consumer, report) {
  const tell = (text) => report(`${consumer.name}: ${text}`);
  let folder;
  try {
    folder = await prepareProject(consumer, tell);
  } catch (error) {
    return consumer.cells.map(({ id, host, what }) => {
      say("failed", `${host}: ${what}: its project cannot be installed`);
      return { id, host, what, outcome: "failed", reason: error.message, seconds: 0 };
    });
  }
  const results = [];
  for (const cell of consumer.cells) {
    tell(cell.id);
    results.push(await runCell(cell, new Context({ name: consumer.name, folder, report: tell })));
  }
  return results;
}

/** @typedef {{ id: string, host: string, what: string, outcome: "passed" | "failed" | "skipped", version?: string, detail?: string, reason?: string, seconds: number }} Result */

/**
 * The results of all cells of `consumers`; `keep` is given those of each consumer once it is through.
 * @returns {Promise<Result[]>}
 */
export async function runCells(consumers, report = () => {}, keep = () => {}) {
  const waiting = [...consumers];
  const results = [];
  const worker = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const own = await runConsumer(next, report);
      keep(own);
      results.push(...own);
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, worker));
  return results.sort((a, b) => (a.id < b.id ? -1 : 1));
}
