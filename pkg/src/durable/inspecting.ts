import type { RuntimeError } from "../api/errors.js";
import type { Signal } from "../arguments/signals.js";
import type { ModuleInstance } from "../core/instance.js";
import { Engine } from "../engine.js";
import type { Committer } from "../pipeline/committer.js";
import type { RuntimeStorage } from "../storage/contract.js";
import { givenUp, noStore } from "./failures.js";
import { Holding } from "./holding.js";
import { openStore, unlessAborted } from "./host-storage.js";
import type { HostStore } from "./host-store.js";
import { Reading } from "./reading.js";
import { readRoot, requireWorking, type WaitFor } from "./root.js";
import { after } from "./timer.js";
import { Watch } from "./watch.js";

const CACHE_BYTES = 16 * 1024 * 1024;
const TIMEOUT_MS = 10_000;
/** A store that its owner keeps moving is read anew so often before the caller is told of a conflict. */
const MOST_TRIES = 100;

/** Stands where a runtime commits: it only lets go of the store. */
class Onlooker implements Committer {
  readonly isUndecided = false;
  private readonly holding: Holding;
  private watch: Watch | null = null;

  constructor(holding: Holding) {
    this.holding = holding;
  }

  attach(engine: Engine): void {
    this.holding.onEnd((ended, outcome) => engine.pipeline.end(ended, outcome));
    this.watch = new Watch(
      this.holding,
      () => true,
      () => undefined,
    );
  }

  nextToken(): string {
    throw new Error("a view does not commit");
  }

  commit(): Promise<never> {
    return Promise.reject(new Error("a view does not commit"));
  }

  idle(): undefined {
    return undefined;
  }

  urgent(): undefined {
    return undefined;
  }

  awaited(): void {}

  closing(): void {
    this.watch?.stop();
  }

  abandon(): void {
    this.watch?.stop();
    void this.holding.release();
  }

  close(): Promise<void> {
    this.watch?.stop();
    return this.holding.release();
  }
}

/** Reads a store at the head found, without taking it over and without writing. */
export async function inspect(
  instance: ModuleInstance,
  storage: RuntimeStorage,
  runtimeId: string,
  signal: Signal | undefined,
): Promise<Engine> {
  const waitFor: WaitFor = (call) =>
    unlessAborted(call, signal, (aborted) => givenUp(runtimeId, "not_applied", aborted));
  const access = { storage, runtimeId, timeoutMs: TIMEOUT_MS, signal, takeover: false, readOnly: true };
  const store = await openStore(access);
  try {
    for (let tries = 1; ; tries += 1) {
      const engine = await look(instance, store, waitFor, tries === MOST_TRIES);
      if (engine !== undefined) {
        return engine;
      }
      await waitFor(new Promise<void>((resolve) => after(tries, resolve)));
    }
  } catch (error) {
    void store.close();
    throw error;
  }
}

/** `undefined` where the store has moved while it was read, unless this was the last try. */
async function look(
  instance: ModuleInstance,
  store: HostStore,
  waitFor: WaitFor,
  last: boolean,
): Promise<Engine | undefined> {
  const head = await waitFor(store.head());
  if (head === null) {
    throw noStore(store.runtimeId);
  }
  const root = await readRoot(instance, store, head, CACHE_BYTES, waitFor, (handle) => {
    handle.lookAt(head);
    return handle.isUnfinished(head);
  });
  if (root === undefined) {
    return undefined;
  }
  const { handle, taken: unfinished } = root;
  let restoring: Promise<unknown> = Promise.resolve();
  try {
    if (unfinished) {
      throw noStore(store.runtimeId);
    }
    const holding = new Holding(store, head);
    const reading = new Reading(handle, holding, false);
    restoring = reading.restore(false);
    await waitFor(restoring);
    requireWorking(instance);
    handle.learnIds(handle.summary().workerCount);
    const onlooker = new Onlooker(holding);
    const { durability } = store;
    const engine = new Engine({ handle, committer: onlooker, records: reading, durability });
    onlooker.attach(engine);
    return engine;
  } catch (error) {
    const free = (): void => handle.free();
    restoring.then(free, free);
    if (!last && (error as RuntimeError).code === "storage_conflict") {
      return undefined;
    }
    throw error;
  }
}
