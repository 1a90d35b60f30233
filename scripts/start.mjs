// The main job: real agents' conversations kept by the runtime, read back, and shown. Then the page is served until
// Ctrl-C; with `--once` it ends after the job.
import { createReadStream } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { serve } from "./serve.mjs";
import { packageFolder, root } from "./shared/paths.mjs";
import { main } from "./shared/progress.mjs";
import { replay } from "./start/replay.mjs";
import { showReport } from "./start/report.mjs";

const INPUT = join(root, "tests", "data", "agent-transcripts.jsonl");

const milliseconds = (ms) => `${ms.toFixed(ms < 10 ? 1 : 0)} ms`;

async function* recordedRuns(path) {
  for await (const line of createInterface({ input: createReadStream(path, "utf8"), crlfDelay: Infinity })) {
    if (line.trim()) yield JSON.parse(line);
  }
}

await main(async () => {
  const once = process.argv.slice(2).includes("--once");
  const started = performance.now();
  const { Runtime } = await import(join(packageFolder, "dist", "entry", "index.js"));
  const runtime = await Runtime.create({ displayName: "recorded agent runs" });
  const loaded = performance.now();
  const counts = await replay(runtime, recordedRuns(INPUT));
  const kept = performance.now();
  await showReport(runtime);
  console.log(
    `\n${counts.workers} Workers and ${counts.messages} messages kept in ${milliseconds(kept - loaded)}` +
      ` (module loaded in ${milliseconds(loaded - started)}, everything in ${milliseconds(performance.now() - started)})`,
  );
  await runtime.close();
  if (once) return;

  const { url, close } = await serve();
  console.log(`\nThe page: ${url}  (Ctrl-C ends it)`);
  for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, close);
});
