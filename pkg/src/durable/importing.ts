import type { RuntimeDiagnostic } from "../api/observation.js";
import type { RuntimeArguments } from "../arguments/options.js";
import type { Signal } from "../arguments/signals.js";
import type { ImportedEvent, OperationRecord } from "../core/boundary.js";
import { randomToken } from "../core/entropy.js";
import type { ModuleInstance } from "../core/instance.js";
import { LOSS_ACCEPTED, type Remark } from "../core/vocabulary.js";
import type { RuntimeStorage, StorageOp } from "../storage/contract.js";
import { type ImportTarget, readBody, readHeader } from "../transfer/import.js";
import { LineReader } from "../transfer/lines.js";
import { ask } from "./asking.js";
import { exists, givenUp, hostFailed } from "./failures.js";
import { unlessAborted } from "./host-storage.js";
import { type Opened, Opening } from "./opening.js";
import { isPresent } from "./presence.js";
import type { WaitFor } from "./root.js";
import type { Spells } from "./turn.js";
import { Upkeep } from "./upkeep.js";

const CACHE_BYTES = 16 * 1024 * 1024;
const TIMEOUT_MS = 10_000;

/** A store that is being filled, and does not count until it is full. */
class Filling implements ImportTarget {
  readonly lossAccepted: Remark;
  /** Whether the last commit was offered, after which the runtime may count. */
  finishing = false;
  private readonly opened: Opened;
  private readonly upkeep: Upkeep;
  private readonly spells: Spells;
  private readonly signal: Signal | undefined;
  private workers = 0;
  /** Fulfils once nothing under way uses the handle. */
  busy: Promise<void> = Promise.resolve();

  constructor(opened: Opened, spells: Spells, signal: Signal | undefined) {
    this.opened = opened;
    this.spells = spells;
    this.signal = signal;
    this.lossAccepted = opened.handle.instance.words().remarks[LOSS_ACCEPTED] as Remark;
    this.upkeep = new Upkeep(opened.handle, opened.holding, opened.reading, randomToken, () => undefined);
    opened.handle.begin();
  }

  async event(event: ImportedEvent): Promise<void> {
    const { handle, reading } = this.opened;
    reading.check();
    while (!handle.importEvent(event)) {
      await this.flush();
    }
    this.workers += event.kind === "worker_created" ? 1 : 0;
  }

  async diagnostics(): Promise<RuntimeDiagnostic[]> {
    const { handle, reading } = this.opened;
    reading.check();
    if (handle.changed()) {
      await this.flush();
    }
    handle.learnIds(this.workers);
    return handle.diagnostics();
  }

  async finish(operations: OperationRecord[], losses: number[]): Promise<void> {
    const { handle, reading } = this.opened;
    reading.check();
    handle.abort();
    const token = randomToken();
    const ops = handle.finishImport(operations, losses, token);
    this.finishing = true;
    await this.commit(token, ops);
  }

  /** Has what was recorded committed, and regroups it. */
  private async flush(): Promise<void> {
    const { handle } = this.opened;
    if (handle.changed()) {
      const token = randomToken();
      await this.commit(token, handle.finish(token));
    } else {
      // What comes next waits only for what was committed before to be regrouped.
      handle.abort();
    }
    this.upkeep.noteMutation();
    this.busy = this.upkeep.catchUp(this.spells);
    await this.waitFor(this.busy);
    this.opened.reading.check();
    handle.begin();
  }

  private async commit(token: string, ops: readonly StorageOp[]): Promise<void> {
    const { handle, holding, reading } = this.opened;
    const { runtimeId } = holding;
    const decision = await this.waitFor(holding.commit(token, ops));
    if (decision.kind === "rejected") {
      this.finishing = false;
      throw hostFailed(runtimeId, "commit", decision.cause, "not_applied");
    }
    reading.check();
    handle.merge();
  }

  private waitFor<T>(call: Promise<T>): Promise<T> {
    const outcome = this.finishing ? "unknown" : "not_applied";
    const { runtimeId } = this.opened.holding;
    return unlessAborted(call, this.signal, (signal) => givenUp(runtimeId, outcome, signal));
  }
}

/** Creates the runtime that `lines` are an export of; it counts once all of them are verified. */
export async function importRuntime(
  instance: ModuleInstance,
  storage: RuntimeStorage,
  lines: unknown,
  signal: Signal | undefined,
): Promise<string> {
  let runtimeId = "";
  const reader = new LineReader(lines, signal, (aborted) => givenUp(runtimeId, "not_applied", aborted));
  try {
    const header = await readHeader(reader);
    ({ runtimeId } = header);
    await fill(instance, storage, reader, header, signal);
    return runtimeId;
  } catch (error) {
    reader.end();
    throw error;
  }
}

async function fill(
  instance: ModuleInstance,
  storage: RuntimeStorage,
  reader: LineReader,
  runtime: RuntimeArguments & { runtimeId: string },
  signal: Signal | undefined,
): Promise<void> {
  const { runtimeId } = runtime;
  const access = { storage, runtimeId, timeoutMs: TIMEOUT_MS, signal, takeover: false, readOnly: true };
  const waitFor: WaitFor = (call) =>
    unlessAborted(call, signal, (aborted) => givenUp(runtimeId, "not_applied", aborted));
  if (await isPresent(instance, access, waitFor)) {
    throw exists(runtimeId);
  }
  const settings = {
    runtime,
    storage,
    signal,
    create: true,
    takeover: false,
    acceptLoss: false,
    storageTimeoutMs: TIMEOUT_MS,
    cacheBytes: CACHE_BYTES,
  };
  const opened = await new Opening(instance, settings, "import").run();
  const { handle, holding } = opened;
  let filling: Filling | undefined;
  try {
    filling = new Filling(opened, reader.spells, signal);
    await readBody(reader, filling);
  } catch (error) {
    if (filling?.finishing !== true) {
      await deleteWritten(opened, storage);
    }
    throw error;
  } finally {
    await holding.release();
    // A regrouping that was given up has yet to notice.
    const free = (): void => handle.free();
    void (filling?.busy ?? Promise.resolve()).then(free);
  }
}

/** Deletes the rest of an import that failed, unless somebody else has, or may have, replaced it by now. */
async function deleteWritten({ holding }: Opened, storage: RuntimeStorage): Promise<void> {
  try {
    await holding.look();
  } catch {
    return;
  }
  // Before the store is let go of: whoever waits for it finds nothing of this.
  await ask(() => storage.delete(holding.runtimeId), holding.store.timeoutMs);
}
