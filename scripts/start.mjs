// The main job: real agents' conversations kept by the runtime in files, read back, and shown. A second run finds them
// there: every mutation has an operation id, so that none is done twice. Then the page is served until Ctrl-C; with
// `--once` it ends after the job.
import { createReadStream } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { serve } from "./serve.mjs";
import { packageFolder, root } from "./shared/paths.mjs";
import { main } from "./shared/progress.mjs";
import { Unavailable } from "./shared/unavailable.mjs";
import { replay } from "./start/replay.mjs";
import { showReport } from "./start/report.mjs";

const LONGEST_WAIT_MS = 30_000;
const KEPT_IN = ".worker-runtime";
const INPUT = join(root, "tests", "data", "agent-transcripts.jsonl");

const milliseconds = (ms) => `${ms.toFixed(ms < 10 ? 1 : 0)} ms`;

/** What an earlier run left cannot be opened: says so, and what to do. */
function notOpened(error) {
  if (!String(error?.code).startsWith("storage_")) return error;
  const why = error.cause?.message ? ` (${error.cause.message})` : "";
  const advice =
    error.code === "storage_locked"
      ? "Another run has it open: end that one first."
      : `Move the folder ${KEPT_IN} away to begin anew.`;
  return new Unavailable(`${KEPT_IN}: ${error.code}: ${error.message}${why}. ${advice}`);
}

async function* recordedRuns(path) {
  for await (const line of createInterface({ input: createReadStream(path, "utf8"), crlfDelay: Infinity })) {
    if (line.trim()) yield JSON.parse(line);
  }
}

await main(async () => {
  const once = process.argv.slice(2).includes("--once");
  const started = performance.now();
  const { Runtime } = await import(join(packageFolder, "dist", "entry", "index.js"));
  const { nodeFsStorage } = await import(join(packageFolder, "dist", "entry", "node-fs.js"));
  const runtime = await Runtime.open({
    runtimeId: "recorded-agent-runs",
    displayName: "recorded agent runs",
    storage: nodeFsStorage({ directory: join(root, KEPT_IN) }),
    // Another run of this very job may have it.
    signal: AbortSignal.timeout(LONGEST_WAIT_MS),
  }).catch((error) => {
    throw notOpened(error);
  });
  const loaded = performance.now();
  const before = runtime.summary().workerCount;
  const counts = await replay(runtime, recordedRuns(INPUT));
  const kept = performance.now();
  await showReport(runtime);
  console.log(
    before > 0
      ? `\n${before} Workers were there already, kept in ${KEPT_IN}: ${counts.messages} messages were offered again` +
          ` and recognised by their operation ids in ${milliseconds(kept - loaded)}`
      : `\n${counts.workers} Workers and ${counts.messages} messages kept in ${KEPT_IN} in ${milliseconds(kept - loaded)},` +
          " each of them durable before the next",
  );
  console.log(
    `(module loaded and store opened in ${milliseconds(loaded - started)}, everything in ${milliseconds(performance.now() - started)})`,
  );
  await runtime.close();
  if (once) return;

  const { url, close } = await serve();
  console.log(`\nThe page: ${url}  (Ctrl-C ends it)`);
  for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, close);
});
