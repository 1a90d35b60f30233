// A runtime behind the component, with calls and answers in the shapes of the package's API.
const kebab = (name) => name.replaceAll("_", "-");
const snake = (name) => name.replaceAll("-", "_");
const numbers = (value) =>
  JSON.parse(JSON.stringify(value, (_, item) => (typeof item === "bigint" ? Number(item) : item)));

function intentOut(intent = { kind: "assistant" }) {
  switch (intent.kind) {
    case "task":
      return { tag: "task", val: intent.objective };
    case "role":
      return { tag: "role", val: { role: intent.role, purpose: intent.purpose } };
    default:
      return { tag: "assistant", val: intent.purpose };
  }
}

function intentIn({ tag, val }) {
  switch (tag) {
    case "task":
      return { kind: tag, objective: val };
    case "role":
      return { kind: tag, ...val };
    default:
      return { kind: tag, purpose: val };
  }
}

const profileIn = ({ tag, val }) => ({ kind: snake(tag), value: val });

function requestOut(request = {}) {
  const {
    intent,
    profile,
    configBundle,
    requestedCapabilities = [],
    workspaceRefs = [],
    mountRefs = [],
  } = request;
  return {
    intent: intentOut(intent),
    profile: { tag: kebab(profile?.kind ?? "runtime_default"), val: profile?.value },
    configBundle: configBundle?.id,
    requestedCapabilities,
    workspaceRefs,
    mountRefs,
  };
}

function detailIn({ worker, status, request, transcriptLen, lastEventId }) {
  const { intent, profile, configBundle, ...lists } = request;
  return {
    workerRef: worker,
    status,
    intent: intentIn(intent),
    profile: profileIn(profile),
    configBundle: configBundle === undefined ? undefined : { id: configBundle },
    ...lists,
    transcriptLen,
    lastEventId,
  };
}

const named = ({ worker, ...rest }) => ({ workerRef: worker, ...rest });
const eventIn = ({ kind, ...event }) => ({ ...named(event), kind: snake(kind) });

/** Each call of a scenario: the component's method, its arguments, and what its answer is as the package has it. */
const calls = {
  status: () => ["status", [], (status) => status],
  summary: () => ["summary", [], (summary) => summary],
  diagnostics: () => ["diagnostics", [], (list) => list.map(named)],
  listWorkers: () => [
    "listWorkers",
    [],
    (list) =>
      list.map(({ intent, profile, ...rest }) => ({
        ...named(rest),
        intent: intentIn(intent),
        profile: profileIn(profile),
      })),
  ],
  workerDetail: ({ worker }) => ["workerDetail", [worker], detailIn],
  createWorker: ({ request, operationId }) => ["createWorker", [requestOut(request), operationId], detailIn],
  sendInput: ({ worker, input, operationId }) => [
    "interact",
    [worker, input.kind, input.content, operationId],
    named,
  ],
  recordOutput: ({ worker, output, operationId }) => [
    "interact",
    [worker, output.kind, output.content, operationId],
    named,
  ],
  stopWorker: ({ worker, reason, operationId }) => ["stopWorker", [worker, reason, operationId], named],
  cancelWorker: ({ worker, reason, operationId }) => ["cancelWorker", [worker, reason, operationId], named],
  stopRuntime: () => ["stopRuntime", [], (event) => event],
  transcriptProjection: ({ worker, query }) => [
    "transcriptProjection",
    [worker, BigInt(query.start), BigInt(query.limit)],
    named,
  ],
  eventCursorFromStart: () => ["eventCursorFromStart", [], (cursor) => cursor],
  eventCursorNow: () => ["eventCursorNow", [], (cursor) => cursor],
  readEvents: ({ cursor, limit }) => [
    "readEvents",
    [{ ...cursor, nextEventId: BigInt(cursor.nextEventId) }, BigInt(limit)],
    (batch) => ({ ...batch, runtimeId: batch.cursor.runtimeId, events: batch.events.map(eventIn) }),
  ],
  regroup: () => ["regroup", [], (more) => more],
};

/** The runtime `here` in the component, on its host's storage or in memory. */
export class ComponentSubject {
  #host;
  #stored;
  #runtime;

  static async start(host, stored) {
    const subject = new ComponentSubject();
    subject.#host = host;
    subject.#stored = stored;
    await subject.#make();
    return subject;
  }

  async #make() {
    const createWith = { runtimeId: "here" };
    const options = { createWith, create: true, takeover: false, acceptLoss: false };
    this.#runtime = await (this.#stored
      ? this.#host.make("open", options)
      : this.#host.make("create", createWith));
  }

  async call(step) {
    const [method, args, convert] = calls[step.call](step);
    if (method === "regroup") {
      while (await this.#host.call(this.#runtime, method));
      return undefined;
    }
    return numbers(convert(await this.#host.call(this.#runtime, method, ...args)) ?? null);
  }

  refusal({ code, details }) {
    return {
      code,
      details: numbers(Object.fromEntries(details.map(({ name, value }) => [name, value.val]))),
    };
  }

  async reopen() {
    if (this.#stored) {
      await this.#host.call(this.#runtime, "close");
      await this.#make();
    }
  }
}

/** The runtime `here` of the package, for comparison. */
export class PackageSubject {
  #open;
  #runtime;
  #stored;

  static async start(open, stored) {
    const subject = new PackageSubject();
    subject.#open = open;
    subject.#stored = stored;
    subject.#runtime = await open();
    return subject;
  }

  async call({ call, worker, operationId, ...step }) {
    const runtime = this.#runtime;
    const options = operationId === undefined ? undefined : { operationId };
    const answers = {
      createWorker: () => runtime.createWorker(step.request, options),
      workerDetail: () => runtime.workerDetail(worker),
      sendInput: () => runtime.sendInput(worker, step.input, options),
      recordOutput: () => runtime.recordOutput(worker, step.output, options),
      stopWorker: () => runtime.stopWorker(worker, step.reason, options),
      cancelWorker: () => runtime.cancelWorker(worker, step.reason, options),
      transcriptProjection: () => runtime.transcriptProjection(worker, step.query),
      readEvents: () => runtime.readEvents(step.cursor, step.limit),
      regroup: () => undefined,
    };
    return (answers[call] ?? (() => runtime[call]()))();
  }

  refusal({ code, details }) {
    return { code, details };
  }

  async reopen() {
    if (this.#stored) {
      await this.#runtime.close();
      this.#runtime = await this.#open();
    }
  }
}
