/*
 * The same books kept by a plain JavaScript class, as somebody would write it who knows the language: a Map, arrays, records of one
 * shape, nothing clever. Same calls, same shapes, fresh objects for every caller, promises where the runtime has them,
 * and the checks that rest on state. It does not look at the types of what it is given, and nothing is kept beyond its process.
 */

const INPUT_EVENT = "worker_input_accepted";
const OUTPUT_EVENT = "worker_output_recorded";
const MAX_ITEMS = 256;

export class Refusal extends Error {
  constructor(code, message) {
    super(message);
    this.name = "Refusal";
    this.code = code;
  }
}

const hex = (bytes) => [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");

/** Fresh for every caller, who may change it. */
function copyRequest(request) {
  return {
    intent: request?.intent ? { ...request.intent } : { kind: "assistant" },
    profile: request?.profile ? { ...request.profile } : { kind: "runtime_default" },
    configBundle: request?.configBundle ? { ...request.configBundle } : undefined,
    requestedCapabilities: (request?.requestedCapabilities ?? []).map((item) => ({ ...item })),
    workspaceRefs: (request?.workspaceRefs ?? []).map((item) => ({ ...item })),
    mountRefs: (request?.mountRefs ?? []).map((item) => ({ ...item })),
  };
}

export class PlainRuntime {
  static async create() {
    return new this();
  }

  runtimeId = `runtime-${hex(crypto.getRandomValues(new Uint8Array(16)))}`;
  #status = "running";
  #workers = new Map();
  #events = [];
  /** Followers that have seen everything. */
  #waiting = [];
  #diagnostics = [];

  constructor() {
    this.#log("runtime_started", "runtime started", undefined);
  }

  #log(kind, message, worker) {
    const id = this.#events.length + 1;
    this.#events.push({ id, kind, message, worker, recordedAt: Date.now() });
    if (worker !== undefined) worker.lastEventId = id;
    if (this.#waiting.length > 0) for (const wake of this.#waiting.splice(0)) wake();
    return id;
  }

  #remark(code, message, worker) {
    this.#diagnostics.push({ id: this.#diagnostics.length + 1, severity: "info", code, message, worker });
  }

  #find(ref) {
    if (ref.runtimeId !== this.runtimeId) throw new Refusal("wrong_runtime", "the ref is of another runtime");
    const worker = this.#workers.get(ref.workerId);
    if (worker === undefined) throw new Refusal("worker_not_found", "there is no such worker");
    return worker;
  }

  #ref(worker) {
    return { runtimeId: this.runtimeId, workerId: worker.workerId };
  }

  #detail(worker) {
    const { intent, profile, configBundle, requestedCapabilities, workspaceRefs, mountRefs } = copyRequest(
      worker.request,
    );
    const detail = {
      workerRef: this.#ref(worker),
      runtimeId: this.runtimeId,
      workerId: worker.workerId,
      status: worker.status,
      intent,
      profile,
      requestedCapabilities,
      workspaceRefs,
      mountRefs,
      transcriptLen: worker.transcript.length,
      lastEventId: worker.lastEventId,
    };
    if (configBundle !== undefined) detail.configBundle = configBundle;
    return detail;
  }

  async createWorker(request) {
    if (this.#status !== "running") throw new Refusal("runtime_stopped", "the runtime is stopped");
    const workerId = `worker-${(this.#workers.size + 1).toString(16).padStart(8, "0")}`;
    const worker = {
      workerId,
      status: "running",
      request: copyRequest(request),
      transcript: [],
      lastEventId: 0,
    };
    this.#workers.set(workerId, worker);
    this.#log("worker_created", `worker ${workerId} created`, worker);
    if (worker.request.configBundle === undefined) {
      this.#remark(
        "runtime.local_default_resources",
        "worker created without ConfigBundleRef; runtime-local defaults are assumed",
        worker,
      );
    }
    if (worker.request.requestedCapabilities.length === 0) {
      this.#remark("worker.tools_less", "worker created without requested tool capabilities", worker);
    }
    return this.#detail(worker);
  }

  #append(ref, kind, content, event, message) {
    if (this.#status !== "running") throw new Refusal("runtime_stopped", "the runtime is stopped");
    const worker = this.#find(ref);
    if (worker.status !== "running") throw new Refusal("invalid_request", "the worker does not run");
    const eventId = this.#log(event, message, worker);
    const sequence = worker.transcript.length + 1;
    worker.transcript.push({ sequence, role: kind, content, eventId, recordedAt: Date.now() });
    return { workerRef: this.#ref(worker), status: worker.status, transcriptSequence: sequence, eventId };
  }

  async sendInput(ref, input) {
    return this.#append(ref, input.kind, input.content, INPUT_EVENT, "worker input accepted");
  }

  async recordOutput(ref, output) {
    return this.#append(ref, output.kind, output.content, OUTPUT_EVENT, "worker output recorded");
  }

  async #end(ref, status, event, reason) {
    if (this.#status !== "running") throw new Refusal("runtime_stopped", "the runtime is stopped");
    const worker = this.#find(ref);
    if (worker.status === "running") {
      worker.status = status;
      this.#log(event, reason, worker);
    }
    return { workerRef: this.#ref(worker), status: worker.status, eventId: worker.lastEventId };
  }

  stopWorker(ref, reason = "worker stopped") {
    return this.#end(ref, "stopped", "worker_stopped", reason);
  }

  cancelWorker(ref, reason = "worker cancelled") {
    return this.#end(ref, "cancelled", "worker_cancelled", reason);
  }

  async stopRuntime() {
    if (this.#status !== "running") return this.#events.length;
    this.#status = "stopped";
    for (const worker of this.#workers.values()) {
      if (worker.status === "running") worker.status = "stopped";
    }
    return this.#log("runtime_stopped", `runtime ${this.runtimeId} stopped`, undefined);
  }

  status() {
    return this.#status;
  }

  summary() {
    const counts = { running: 0, stopped: 0, cancelled: 0 };
    for (const worker of this.#workers.values()) counts[worker.status] += 1;
    return {
      runtimeId: this.runtimeId,
      backend: "memory",
      status: this.#status,
      workerCount: this.#workers.size,
      activeWorkerCount: counts.running,
      stoppedWorkerCount: counts.stopped,
      cancelledWorkerCount: counts.cancelled,
      diagnosticCount: this.#diagnostics.length,
      limits: { maxTranscriptProjectionItems: MAX_ITEMS, maxEventBatchItems: MAX_ITEMS },
    };
  }

  listWorkers() {
    const summaries = [];
    for (const worker of this.#workers.values()) {
      const { request } = worker;
      summaries.push({
        workerRef: this.#ref(worker),
        runtimeId: this.runtimeId,
        workerId: worker.workerId,
        status: worker.status,
        intent: { ...request.intent },
        profile: { ...request.profile },
        requestedCapabilityCount: request.requestedCapabilities.length,
        hasConfigBundle: request.configBundle !== undefined,
        transcriptLen: worker.transcript.length,
        lastEventId: worker.lastEventId,
      });
    }
    return summaries;
  }

  workerDetail(ref) {
    return this.#detail(this.#find(ref));
  }

  async transcriptProjection(ref, { start, limit }) {
    if (limit > MAX_ITEMS) throw new Refusal("limit_too_large", "the limit is too large");
    const worker = this.#find(ref);
    const end = Math.min(start + limit, worker.transcript.length);
    const items = [];
    for (let at = start; at < end; at++) {
      const { sequence, role, content, eventId, recordedAt } = worker.transcript[at];
      items.push({ sequence, workerRef: this.#ref(worker), role, content, eventId, recordedAt });
    }
    const page = { workerRef: this.#ref(worker), start, limit, totalItems: worker.transcript.length, items };
    if (end < worker.transcript.length) page.nextStart = end;
    return page;
  }

  eventCursorFromStart() {
    return { runtimeId: this.runtimeId, nextEventId: 1 };
  }

  eventCursorNow() {
    return { runtimeId: this.runtimeId, nextEventId: this.#events.length + 1 };
  }

  #event(at) {
    const { id, kind, message, worker, recordedAt } = this.#events[at];
    return worker === undefined
      ? { id, kind, message, recordedAt }
      : { id, kind, message, workerRef: this.#ref(worker), recordedAt };
  }

  async readEvents(cursor, limit) {
    if (cursor.runtimeId !== this.runtimeId)
      throw new Refusal("wrong_runtime_cursor", "the cursor is of another runtime");
    if (limit > MAX_ITEMS) throw new Refusal("limit_too_large", "the limit is too large");
    const end = Math.min(cursor.nextEventId - 1 + limit, this.#events.length);
    const events = [];
    for (let at = cursor.nextEventId - 1; at < end; at++) events.push(this.#event(at));
    return {
      runtimeId: this.runtimeId,
      cursor: { runtimeId: this.runtimeId, nextEventId: Math.max(end, cursor.nextEventId - 1) + 1 },
      events,
      hasMore: end < this.#events.length,
    };
  }

  /** The events as they come, until nobody asks for more. */
  async *subscribeEvents({ nextEventId }) {
    for (let at = nextEventId - 1; ; at++) {
      while (at === this.#events.length) await new Promise((wake) => this.#waiting.push(wake));
      yield this.#event(at);
    }
  }

  async close() {}
}

export const Runtime = PlainRuntime;
