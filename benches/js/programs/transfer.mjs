/* What an export and an import cost an entry, by how much there is, and how long they hold up who does something else meanwhile. */
import { counted } from "./counted.mjs";
import { fromPackage, program } from "./program.mjs";
import { fill } from "./stores.mjs";

/** Runs `work` and answers its milliseconds, and the longest time in which nothing else had its turn. */
async function timed(work) {
  let last = performance.now();
  let longest = 0;
  let next;
  const look = () => {
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
    next = setImmediate(look);
  };
  look();
  const before = performance.now();
  await work();
  const ms = performance.now() - before;
  clearImmediate(next);
  return { ms, longest: Math.max(longest, performance.now() - last) };
}

async function linesOf(runtime) {
  const lines = [];
  for await (const line of runtime.exportLines()) lines.push(line);
  return lines;
}

await program(async ({ workers, eachOfWorkers }, report) => {
  const { memoryStorage, Runtime } = await fromPackage("worker-runtime");
  const rows = [];
  for (const each of eachOfWorkers) {
    const id = `${workers} × ${each}`;
    const inner = memoryStorage();
    const filled = await fill({ Runtime, storage: inner, id, workers, each, report });
    const { counts, storage } = counted(inner);
    const runtime = await Runtime.open({ storage, runtimeId: id });
    const [records, bytes] = [counts.records, counts.read];
    let lines;
    report(`${id}: export`);
    const exported = await timed(async () => {
      lines = await linesOf(runtime);
    });
    const read = { records: counts.records - records, bytes: counts.read - bytes };
    await runtime.close();
    report(`${id}: import`);
    const imported = await timed(() => Runtime.importLines(memoryStorage(), lines));
    rows.push({ ...filled, exported, imported, read });
  }
  return rows;
});
