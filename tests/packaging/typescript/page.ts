// A program for a page, or for a worker in one.
import {
  initWasm,
  memoryStorage,
  Runtime,
  RuntimeError,
  type RuntimeStorage,
  StorageRejected,
} from "worker-runtime";
import { indexedDbStorage } from "worker-runtime/indexeddb";
import { Runtime as SlimRuntime } from "worker-runtime/slim";
import { faultyStorage, storageConformance } from "worker-runtime/testing";

export const storages: RuntimeStorage[] = [
  indexedDbStorage({ databaseName: "mine", durability: "relaxed", indexedDB }),
  memoryStorage(),
  faultyStorage(memoryStorage(), { seed: 1 }),
];

// @ts-expect-error: no factory of databases
export const wrongFactory: RuntimeStorage = indexedDbStorage({ indexedDB: {} });

export async function keep(storage: RuntimeStorage, signal: AbortSignal): Promise<string[]> {
  await initWasm(fetch("worker_runtime.wasm"));
  await initWasm(await WebAssembly.compile(new Uint8Array(8)));
  const runtime = await Runtime.open({ storage, signal });
  const { workerRef } = await runtime.createWorker({ intent: { kind: "task", objective: "o" } });
  await runtime.sendInput(workerRef, { kind: "user", content: "c" }, { operationId: "1" });
  const seen: string[] = [];
  for await (const event of runtime.subscribeEvents(runtime.eventCursorFromStart())) seen.push(event.kind);
  await runtime.close();
  return seen;
}

export function codeOf(error: unknown): string | undefined {
  if (error instanceof RuntimeError) return error.code;
  return error instanceof StorageRejected ? error.code : undefined;
}

export const slim: Promise<Runtime> = SlimRuntime.create();
export const names: string[] = storageConformance(async () => ({ storage: memoryStorage() })).map(
  ({ name }) => name,
);

// @ts-expect-error: nothing here is of type any
export const wrong: number = Runtime.create({ runtimeId: "r" });
// @ts-expect-error: an absent limit is left out, not undefined
export const undefinedOption = Runtime.create({ displayName: undefined });
