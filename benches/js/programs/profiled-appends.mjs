/* Durable appends to files, one after another, under V8's profiler: node profiled-appends.mjs '{"directory":…,"appends":3000}'. */
import { Session } from "node:inspector/promises";
import { join } from "node:path";
import { texts } from "../workload/texts.mjs";
import { fromPackage, program } from "./program.mjs";

/** So many come before, as in a process that has been at work for a while. */
const WARM = 2_000;
const SAMPLE_MICROSECONDS = 50;

await program(async ({ directory, appends }) => {
  const { Runtime } = await fromPackage("worker-runtime");
  const { nodeFsStorage } = await fromPackage("worker-runtime/node-fs");
  const runtime = await Runtime.open({ storage: nodeFsStorage({ directory: join(directory, "ours") }) });
  const { workerRef } = await runtime.createWorker();
  const contents = texts(appends, { seed: 3 });
  const append = (at) => runtime.sendInput(workerRef, { kind: "user", content: contents[at % appends] });
  for (let at = 0; at < WARM; at++) await append(at);
  const inspector = new Session();
  inspector.connect();
  await inspector.post("Profiler.enable");
  await inspector.post("Profiler.setSamplingInterval", { interval: SAMPLE_MICROSECONDS });
  await inspector.post("Profiler.start");
  const before = performance.now();
  for (let at = 0; at < appends; at++) await append(at);
  const ms = performance.now() - before;
  const { profile } = await inspector.post("Profiler.stop");
  await runtime.close();
  return { ms, profiles: [profile] };
});
