/** A program that uses every declaration, as one outside the project would be written. */
import {
  type CreateWorkerRequest,
  type EventCursor,
  type EventSubscription,
  initWasm,
  type MutationOptions,
  memoryStorage,
  type OpenOptions,
  Runtime,
  type RuntimeDiagnostic,
  RuntimeError,
  type RuntimeErrorCode,
  type RuntimeEvent,
  type RuntimeEventBatch,
  type RuntimeStorage,
  type RuntimeStore,
  type RuntimeSummary,
  type RuntimeView,
  type StorageCommit,
  StorageLost,
  type StorageOp,
  StorageRejected,
  type TranscriptEntry,
  type TranscriptProjection,
  type WorkerDetail,
  type WorkerInteractionAck,
  type WorkerLifecycleAck,
  type WorkerRef,
  type WorkerSummary,
} from "worker-runtime";
import { indexedDbStorage } from "worker-runtime/indexeddb";
import { nodeFsStorage } from "worker-runtime/node-fs";
import { Runtime as SlimRuntime } from "worker-runtime/slim";
import { type Fate, faultyStorage, storageConformance } from "worker-runtime/testing";

export async function load(bytes: Uint8Array<ArrayBuffer>, module: WebAssembly.Module): Promise<void> {
  await initWasm();
  await initWasm("https://example.org/worker_runtime.wasm");
  await initWasm(new URL("https://example.org/worker_runtime.wasm"));
  await initWasm(fetch("https://example.org/worker_runtime.wasm"));
  await initWasm(await fetch("https://example.org/worker_runtime.wasm"));
  await initWasm(bytes);
  await initWasm(bytes.buffer);
  await initWasm(module);
  const slim: Runtime = await SlimRuntime.create();
  await slim.close();
}

export async function converse(): Promise<TranscriptEntry[]> {
  await using runtime = await Runtime.create({
    runtimeId: "mine",
    displayName: "shown",
    limits: { maxEventBatchItems: 10 },
  });
  const request: CreateWorkerRequest = {
    intent: { kind: "task", objective: "o" },
    profile: { kind: "builtin", value: "v" },
    configBundle: { id: "b" },
    requestedCapabilities: [{ name: "n" }, { name: "n", reason: "r" }],
    workspaceRefs: [{ name: "n", reference: "r" }],
    mountRefs: [],
  };
  const options: MutationOptions = { operationId: "id", signal: new AbortController().signal };
  const detail: WorkerDetail = await runtime.createWorker(request, options);
  await runtime.createWorker();
  const worker: WorkerRef = detail.workerRef;
  const ack: WorkerInteractionAck = await runtime.sendInput(worker, { kind: "user", content: "c" }, options);
  await runtime.recordOutput(worker, { kind: "tool", content: "c" });
  const stopped: WorkerLifecycleAck = await runtime.stopWorker(worker, "reason", options);
  await runtime.cancelWorker(worker);
  const last: number = await runtime.stopRuntime();
  const page: TranscriptProjection = await runtime.transcriptProjection(worker, {
    start: 0,
    limit: ack.eventId,
  });
  const next: number | undefined = page.nextStart;
  const summary: RuntimeSummary = runtime.summary();
  const durability: RuntimeStore["durability"] | undefined = summary.durability;
  const workers: WorkerSummary[] = runtime.listWorkers();
  const diagnostics: RuntimeDiagnostic[] = runtime.diagnostics();
  if (workers[0]?.intent.kind === "role") {
    const role: string = workers[0].intent.role;
    throw new Error(role);
  }
  return stopped.eventId + last + (next ?? 0) === diagnostics.length && durability ? [] : page.items;
}

export async function watch(runtime: Runtime, signal: AbortSignal): Promise<EventCursor> {
  const start: EventCursor = runtime.eventCursorFromStart();
  const batch: RuntimeEventBatch = await runtime.readEvents(start, 10);
  const subscription: EventSubscription = runtime.subscribeEvents(batch.cursor, { signal });
  for await (const event of subscription) {
    const seen: RuntimeEvent = event;
    const ref: WorkerRef | undefined = seen.workerRef;
    if (ref === undefined) {
      break;
    }
  }
  const result: IteratorResult<RuntimeEvent> = await subscription.next();
  if (!result.done) {
    await subscription.return?.();
  }
  return subscription.cursor;
}

export async function store(directory: string): Promise<string> {
  const storages: RuntimeStorage[] = [
    memoryStorage(),
    nodeFsStorage({ directory }),
    indexedDbStorage({ databaseName: "d", durability: "strict" }),
  ];
  const [storage = memoryStorage()] = storages;
  const options: OpenOptions = {
    storage,
    runtimeId: "r",
    create: true,
    takeover: false,
    acceptLoss: false,
    storageTimeoutMs: 1,
    cacheBytes: 1,
    signal: AbortSignal.timeout(1),
  };
  const runtime: Runtime = await Runtime.open(options);
  const view: RuntimeView = await Runtime.inspect(storage, runtime.runtimeId, {
    signal: AbortSignal.timeout(1),
  });
  const lines: AsyncIterable<string> = view.exportLines({ signal: AbortSignal.timeout(1) });
  await view.close();
  return Runtime.importLines(memoryStorage(), lines);
}

export function refusal(error: unknown): RuntimeErrorCode | undefined {
  if (error instanceof RuntimeError) {
    const outcome: string | number | undefined = error.details.outcome;
    return outcome === "unknown" ? undefined : error.code;
  }
  return undefined;
}

/** Errors of one's own, recognised by their names. */
export class DiskFull extends StorageRejected {
  override name = "StorageRejected";
}
export class DiskGone extends StorageLost {
  override name = "StorageLost";
}

/** A storage of one's own. */
export class OneStore implements RuntimeStorage {
  async open(
    _runtimeId: string,
    options?: { signal?: AbortSignal; takeover?: boolean; readOnly?: boolean },
  ): Promise<RuntimeStore> {
    options?.signal?.throwIfAborted();
    return {
      durability: "memory",
      head: async () => null,
      read: async ({ gte, limit }): Promise<Array<[string, Uint8Array]>> =>
        limit === 0 ? [] : [[gte, new Uint8Array()]],
      commit: async ({ from, to, ops }: StorageCommit) => {
        const [first]: readonly StorageOp[] = ops;
        if (first?.[1] === null) {
          throw new DiskFull("quota", { message: "m", cause: first });
        }
        if (from === "lost") {
          throw new DiskGone("gone");
        }
        return to;
      },
      close: async () => {},
    };
  }
  async list(): Promise<string[]> {
    return [];
  }
  async delete(_runtimeId: string): Promise<void> {}
}

export async function prove(): Promise<string[]> {
  const fates: Fate[] = ["ok", "rejected"];
  const storage = faultyStorage(faultyStorage(new OneStore(), { fates }), { seed: 1, rate: 0.5 });
  const cases = storageConformance(async () => ({ storage, dispose: async () => {} }));
  for (const { run } of cases) {
    await run();
  }
  return cases.map(({ name }) => name);
}

// What must not compile.
export function wrong(runtime: Runtime, worker: WorkerRef): void {
  // @ts-expect-error the constructor is private
  new Runtime();
  // @ts-expect-error an input is said by the user or the system
  void runtime.sendInput(worker, { kind: "tool", content: "c" });
  // @ts-expect-error an output is said by the assistant or a tool
  void runtime.recordOutput(worker, { kind: "user", content: "c" });
  // @ts-expect-error a task has an objective
  void runtime.createWorker({ intent: { kind: "task" } });
  // @ts-expect-error a ref is an object
  runtime.workerDetail("worker-00000001");
  // @ts-expect-error a storage has to be given
  void Runtime.open({ runtimeId: "r" });
  // @ts-expect-error refs are not written to
  worker.workerId = "w";
  // @ts-expect-error stopRuntime takes no operation id
  void runtime.stopRuntime({ operationId: "o" });
}
