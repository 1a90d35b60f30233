/* Durable appends to files: node appends-node-fs.mjs '{"directory":…,"rounds":7}'. */
import { closeSync, fdatasyncSync, mkdirSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { measureAppends } from "./appends.mjs";
import { fromPackage, program } from "./program.mjs";

await program(async ({ directory, rounds, alone = 500, atOnce }, report) => {
  const { Runtime } = await fromPackage("worker-runtime");
  const { nodeFsStorage } = await fromPackage("worker-runtime/node-fs");
  mkdirSync(directory, { recursive: true });
  const runtime = await Runtime.open({ storage: nodeFsStorage({ directory: join(directory, "ours") }) });
  const file = openSync(join(directory, "raw.log"), "a");
  const raw = {
    // The quickest way to write and flush each: two synchronous calls.
    async append(text) {
      writeSync(file, `${text}\n`);
      fdatasyncSync(file);
    },
  };
  const grouped = { commit: (contents) => raw.append(contents.join("\n")) };
  const rows = await measureAppends({ runtime, raw, grouped, rounds, alone, batches: 1, atOnce, report });
  await runtime.close();
  closeSync(file);
  return rows;
});
