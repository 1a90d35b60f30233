/* What a store costs in bytes: written per commit of one, over its life, at rest. On a storage in memory, which counts. */
import { texts } from "../workload/texts.mjs";
import { counted } from "./counted.mjs";
import { fromPackage, program } from "./program.mjs";
import { atRest, fill } from "./stores.mjs";

const ALONE = 300;

/** Puts a commit of mutations into `seen`: the bytes of its chunk. Regrouping writes none. */
function watched(storage, seen) {
  return {
    ...storage,
    async open(id, options) {
      const store = await storage.open(id, options);
      return Object.assign(Object.create(store), {
        durability: store.durability,
        head: () => store.head(),
        read: (range) => store.read(range),
        close: () => store.close(),
        commit(commit) {
          const chunk = commit.ops.filter(([key, value]) => key.startsWith("c/") && value !== null);
          const bytes = commit.ops.reduce((sum, [key, value]) => sum + key.length + (value?.length ?? 0), 0);
          if (chunk.length > 0) seen.push(bytes);
          return store.commit(commit);
        },
      });
    },
  };
}

/** The bytes beyond the content of `ALONE` commits of one input each; the largest. */
async function commitsOfOne(Runtime, storage, id) {
  const seen = [];
  const runtime = await Runtime.open({ storage: watched(storage, seen), runtimeId: id });
  const [{ workerRef }] = runtime.listWorkers();
  seen.length = 0;
  const beyond = [];
  for (const content of texts(ALONE, { seed: 9 })) {
    await runtime.sendInput(workerRef, { kind: "user", content });
    beyond.push(seen.at(-1) - content.length);
  }
  await runtime.close();
  if (seen.length !== ALONE) throw new Error(`${seen.length} commits for ${ALONE} inputs`);
  return Math.max(...beyond);
}

/** A life of commits of one. */
async function lifeOfOnes(Runtime, storage, entries) {
  const { counts, storage: watched } = counted(storage);
  const runtime = await Runtime.open({ storage: watched, runtimeId: "ones" });
  const refs = [];
  for (let at = 0; at < 100; at++) refs.push((await runtime.createWorker()).workerRef);
  const created = counts.written;
  let content = 0;
  for (const [at, text] of texts(entries, { seed: 11 }).entries()) {
    content += text.length;
    await runtime.sendInput(refs[at % refs.length], { kind: "user", content: text });
  }
  await runtime.close();
  return (counts.written - created) / content;
}

await program(async ({ sizes, ones }, report) => {
  const { Runtime, memoryStorage } = await fromPackage("worker-runtime");
  const rows = [];
  for (const { workers, each } of sizes) {
    const storage = memoryStorage();
    const id = `${workers} × ${each}`;
    const filled = await fill({ Runtime, storage, id, workers, each, report });
    const rest = await atRest(storage, id);
    rows.push({
      workers,
      entries: filled.entries,
      life: filled.written / filled.contentBytes,
      rest: rest.bytes / filled.contentBytes,
      records: rest.records,
      largestRecord: rest.largest,
      beyondContent: await commitsOfOne(Runtime, storage, id),
    });
  }
  report(`${ones} commits of one`);
  return { rows, lifeOfOnes: await lifeOfOnes(Runtime, memoryStorage(), ones) };
});
