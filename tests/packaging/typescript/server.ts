// A program for Node.js, with its types and none of a page's.
import { readFile } from "node:fs/promises";
import { memoryStorage, Runtime, type RuntimeStorage } from "worker-runtime";
import { indexedDbStorage } from "worker-runtime/indexeddb";
import { nodeFsStorage } from "worker-runtime/node-fs";
import { initWasm } from "worker-runtime/slim";
import { storageConformance } from "worker-runtime/testing";

export const storages: RuntimeStorage[] = [nodeFsStorage({ directory: "books" }), memoryStorage()];

/** With a database of a page's kind, whose types such a program has from its own package. */
export const databases = (indexedDB: { open(name: string): unknown }): RuntimeStorage =>
  indexedDbStorage({ indexedDB });

export async function keep(storage: RuntimeStorage): Promise<number> {
  await initWasm(await readFile("worker_runtime.wasm"));
  const runtime = await Runtime.open({ storage, signal: AbortSignal.timeout(1_000) });
  const { workerRef } = await runtime.createWorker();
  const { transcriptSequence } = await runtime.recordOutput(workerRef, { kind: "tool", content: "c" });
  await runtime.close();
  return transcriptSequence;
}

export const cases: number = storageConformance(async () => ({ storage: memoryStorage() })).length;

// @ts-expect-error: nothing here is of type any
export const wrong: number = Runtime.create({ runtimeId: "r" });
