import type { CreateWorkerRequest, WorkerDetail, WorkerLifecycleAck } from "./api/catalog.js";
import { RuntimeError } from "./api/errors.js";
import type { RuntimeId, WorkerRef } from "./api/identity.js";
import type { WorkerInput, WorkerInteractionAck, WorkerOutput } from "./api/interaction.js";
import type { MutationOptions, OpenOptions, RuntimeOptions, RuntimeView } from "./api/management.js";
import type { EventCursor, EventSubscription } from "./api/observation.js";
import {
  type ContentKinds,
  latestRole,
  type MutationSettings,
  readContent,
  readMutationOptions,
  readReason,
  readRef,
  type Target,
} from "./arguments/interaction.js";
import { readOpenOptions, readRuntimeOptions, storageValue } from "./arguments/options.js";
import { readCursor } from "./arguments/queries.js";
import { enter, leave, reading } from "./arguments/read.js";
import { readCreateRequest } from "./arguments/requests.js";
import { readSignalOption } from "./arguments/signals.js";
import { idValue } from "./arguments/text.js";
import { Handle, IN_MEMORY } from "./core/handle.js";
import { moduleInstance } from "./core/loader.js";
import { importStored, inspectStored, openStored } from "./durable/index.js";
import { Engine } from "./engine.js";
import {
  ASSISTANT,
  CANCEL,
  Command,
  CREATE,
  STOP,
  STOP_RUNTIME,
  SYSTEM,
  TOOL,
  USER,
} from "./pipeline/command.js";
import type { RuntimeStorage } from "./storage/contract.js";
import { Subscription } from "./subscription.js";
import { engineOf, View } from "./view.js";

const INPUT: ContentKinds = {
  argument: "input",
  first: "user",
  firstCode: USER,
  second: "system",
  secondCode: SYSTEM,
};

const OUTPUT: ContentKinds = {
  argument: "output",
  first: "assistant",
  firstCode: ASSISTANT,
  second: "tool",
  secondCode: TOOL,
};

/** Reads arguments into a command; throws `invalid_request`. */
function commandOf(code: number, read: (command: Command) => void): Command {
  const command = new Command(code);
  reading(() => read(command));
  return command;
}

/**
 * Keeps the books for Workers: who they are, whether they run, what was said to them and by them, and everything that
 * happened, in order. Made by `create` (memory-backed) or `open` (on a storage).
 *
 * Every mutation fulfils once its change is durable and every read shows it. Mutations take effect in the order of
 * their calls. Besides what each method names, they are refused with `runtime_stopped`, `runtime_closed`,
 * `runtime_poisoned`, `invalid_request`, `operation_conflict`, and on a storage with `storage_failed`,
 * `storage_conflict` and `storage_lost`; `details.outcome` then says whether the change is certainly absent.
 */
export class Runtime extends View {
  /** Memory-backed. Loads the WebAssembly module on first use, in every host, without a call of its own. */
  static async create(options?: RuntimeOptions): Promise<Runtime> {
    const settings = reading(() => readRuntimeOptions(options));
    const handle = Handle.create(await moduleInstance(), IN_MEMORY, settings);
    const engine = new Engine({ handle, committer: null, records: null, durability: undefined });
    engine.twin = new Runtime(engine);
    return new Runtime(engine);
  }

  /** Creates or restores the runtime `runtimeId` (generated when absent) in `storage`. */
  static async open(options: OpenOptions): Promise<Runtime> {
    const settings = reading(() => readOpenOptions(options));
    return new Runtime(await openStored(settings));
  }

  /** Reads a store without taking it over and without writing: fixed at the head found, `storage_conflict` once it moves. */
  static async inspect(
    storage: RuntimeStorage,
    runtimeId: RuntimeId,
    options?: { signal?: AbortSignal },
  ): Promise<RuntimeView> {
    const settings = reading(() => ({
      storage: storageValue(storage, "storage"),
      runtimeId: idValue(runtimeId, "runtimeId"),
      signal: readSignalOption(options),
    }));
    return new View(await inspectStored(settings.storage, settings.runtimeId, settings.signal));
  }

  /**
   * Creates the exported runtime in `storage`, visible only once everything is verified; refuses (`invalid_request`) an
   * id that exists there.
   */
  static async importLines(
    storage: RuntimeStorage,
    lines: AsyncIterable<string> | Iterable<string>,
    options?: { signal?: AbortSignal },
  ): Promise<RuntimeId> {
    const settings = reading(() => ({
      storage: storageValue(storage, "storage"),
      signal: readSignalOption(options),
    }));
    return importStored(settings.storage, lines, settings.signal);
  }

  private constructor(engine: Engine) {
    if (!(engine instanceof Engine)) {
      throw new RuntimeError("a Runtime is made by Runtime.create or Runtime.open", {
        code: "invalid_request",
      });
    }
    super(engine);
  }

  /** Creates a Worker: the next id, status `running`, an event `worker_created`, and its diagnostics. */
  createWorker(request?: CreateWorkerRequest, options?: MutationOptions): Promise<WorkerDetail> {
    return submit(this, CREATE, (command) => {
      command.request = readCreateRequest(request);
      command.heedSettings(readMutationOptions(options));
    });
  }

  /** Appends what is said to a running Worker. Refused with `wrong_runtime` and `worker_not_found`. */
  sendInput(worker: WorkerRef, input: WorkerInput, options?: MutationOptions): Promise<WorkerInteractionAck> {
    return interact(this, INPUT, worker, input, options);
  }

  /** Appends what a running Worker's model or tool answered. Refused with `wrong_runtime` and `worker_not_found`. */
  recordOutput(
    worker: WorkerRef,
    output: WorkerOutput,
    options?: MutationOptions,
  ): Promise<WorkerInteractionAck> {
    return interact(this, OUTPUT, worker, output, options);
  }

  /** Ends a Worker as `stopped`; a Worker that has ended stays as it is. `reason` becomes the event's message. */
  stopWorker(worker: WorkerRef, reason?: string, options?: MutationOptions): Promise<WorkerLifecycleAck> {
    return endWorker(this, STOP, worker, reason, options);
  }

  /** Ends a Worker as `cancelled`; a Worker that has ended stays as it is. `reason` becomes the event's message. */
  cancelWorker(worker: WorkerRef, reason?: string, options?: MutationOptions): Promise<WorkerLifecycleAck> {
    return endWorker(this, CANCEL, worker, reason, options);
  }

  /**
   * Stops the runtime and every running Worker. Fulfils with the id of the event `runtime_stopped`, or of the last
   * event where it was stopped before.
   */
  stopRuntime(): Promise<number> {
    return submit(this, STOP_RUNTIME, () => undefined);
  }

  /** The events from `cursor` on, as they become durable. Refused with `wrong_runtime_cursor`. */
  subscribeEvents(cursor: EventCursor, options?: { signal?: AbortSignal }): EventSubscription {
    const engine = engineOf(this);
    engine.check();
    const { from, signal } = reading(() => ({ from: readCursor(cursor), signal: readSignalOption(options) }));
    engine.check();
    engine.checkCursor(from.runtimeId);
    return new Subscription(engine, this, from.nextEventId, signal);
  }
}

/** Queues a mutation. Whatever is wrong with the call, what it gives is a promise. */
function submit<T>(runtime: Runtime, code: number, read: (command: Command) => void): Promise<T> {
  try {
    const { pipeline } = engineOf(runtime);
    const { ended } = pipeline;
    return ended === null ? pipeline.submit(commandOf(code, read)) : Promise.reject(pipeline.refusal(ended));
  } catch (error) {
    return Promise.reject(error);
  }
}

function endWorker(
  runtime: Runtime,
  code: number,
  worker: unknown,
  reason: unknown,
  options: unknown,
): Promise<WorkerLifecycleAck> {
  return submit(runtime, code, (command) => {
    const { workers } = engineOf(runtime);
    command.aim(readRef(worker, workers), workers);
    command.text = readReason(reason);
    command.heedSettings(readMutationOptions(options));
  });
}

/** Runs per message: answered at once where that can be, otherwise queued as by `submit`, without its closures. */
function interact(
  runtime: Runtime,
  kinds: ContentKinds,
  worker: unknown,
  content: unknown,
  options: unknown,
): Promise<WorkerInteractionAck> {
  try {
    const { pipeline, workers } = engineOf(runtime);
    const { ended } = pipeline;
    if (ended !== null) {
      return Promise.reject(pipeline.refusal(ended));
    }
    let target: Target;
    let text: string;
    let role: number;
    let settings: MutationSettings | undefined;
    enter();
    try {
      target = readRef(worker, workers);
      text = readContent(kinds, content);
      role = latestRole;
      settings = readMutationOptions(options);
    } finally {
      leave();
    }
    if (typeof target === "number" && settings === undefined) {
      const ack = pipeline.foresee(target, role, text);
      if (ack !== undefined) {
        return ack;
      }
    }
    const command = new Command(role);
    command.aim(target, workers);
    command.text = text;
    command.heedSettings(settings);
    return pipeline.submit(command);
  } catch (error) {
    return Promise.reject(error);
  }
}
