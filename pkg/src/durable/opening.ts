import type { MutationOutcome, RuntimeError } from "../api/errors.js";
import type { OpenArguments } from "../arguments/options.js";
import { snapshot } from "../arguments/read.js";
import { isAborted } from "../arguments/signals.js";
import { randomRuntimeId, randomToken } from "../core/entropy.js";
import { Handle, IMPORT, STORED } from "../core/handle.js";
import type { ModuleInstance } from "../core/instance.js";
import type { StorageCommit } from "../storage/contract.js";
import { exists, givenUp, hostFailed, noStore } from "./failures.js";
import { Holding } from "./holding.js";
import { openStore, unlessAborted } from "./host-storage.js";
import type { HostStore } from "./host-store.js";
import type { Decision } from "./offering.js";
import { Reading } from "./reading.js";
import { readRoot, requireWorking, rootRange, type WaitFor } from "./root.js";
import { after } from "./timer.js";
import { Spells } from "./turn.js";
import { Upkeep } from "./upkeep.js";

/** A runtime whose store is its own, restored. */
export interface Opened {
  readonly handle: Handle;
  readonly holding: Holding;
  readonly reading: Reading;
}

/** What a store is opened for: an import refuses one that exists, and fills one that counts as absent until then. */
export type Purpose = "runtime" | "import";

const LONGEST_PAUSE_MS = 20;
/** How often a loss that was accepted may be reported again. */
const MOST_LOSSES = 4;
/** How many records of an unfinished import are deleted at once. */
const DELETED_AT_ONCE = 64;

/** Creates or takes over the store of one runtime. */
export class Opening {
  private readonly instance: ModuleInstance;
  private readonly settings: OpenArguments;
  private readonly runtimeId: string;
  private readonly purpose: Purpose;
  /** Whether a commit was offered that may have been applied. */
  private outcome: MutationOutcome = "not_applied";
  private losses = 0;
  /** Reads under way, which use the handle. */
  private busy: Promise<unknown> = Promise.resolve();

  constructor(instance: ModuleInstance, settings: OpenArguments, purpose: Purpose) {
    this.instance = instance;
    this.settings = settings;
    this.purpose = purpose;
    this.runtimeId = settings.runtime.runtimeId ?? randomRuntimeId();
  }

  async run(): Promise<Opened> {
    const store = await this.openStore();
    try {
      for (let round = 0; ; round += 1) {
        const opened = await this.attempt(store);
        if (opened !== undefined) {
          return opened;
        }
        // Somebody was faster, who is not to be hindered by this.
        await this.pause(Math.random() * Math.min(round, LONGEST_PAUSE_MS));
      }
    } catch (error) {
      const closed = store.close();
      const { signal } = this.settings;
      if (signal === undefined || !isAborted(signal)) {
        await closed;
      }
      throw error;
    }
  }

  private async openStore(): Promise<HostStore> {
    const { storage, signal, takeover, storageTimeoutMs } = this.settings;
    const { runtimeId } = this;
    const access = { storage, runtimeId, timeoutMs: storageTimeoutMs, signal, takeover, readOnly: false };
    for (;;) {
      try {
        return await openStore(access);
      } catch (error) {
        this.acceptLoss(error);
      }
    }
  }

  /** `undefined` where somebody was faster, and all begins anew. */
  private async attempt(store: HostStore): Promise<Opened | undefined> {
    try {
      const head = await this.waitFor(store.head());
      return head === null ? await this.create(store, null) : await this.takeOver(store, head);
    } catch (error) {
      this.acceptLoss(error);
      return undefined;
    }
  }

  /** Throws what is no loss, or was not to be accepted. */
  private acceptLoss(error: unknown): void {
    const isLoss = (error as RuntimeError).code === "storage_lost";
    if (!isLoss || !this.settings.acceptLoss || this.losses === MOST_LOSSES) {
      throw error;
    }
    this.losses += 1;
  }

  /** Creates the store in place of nothing, or of what `from` is the head of. */
  private create(store: HostStore, from: string | null): Promise<Opened | undefined> {
    if (!this.settings.create) {
      throw noStore(this.runtimeId);
    }
    const { runtime, cacheBytes } = this.settings;
    const config = snapshot({ ...runtime, runtimeId: this.runtimeId, cacheBytes });
    const kind = this.purpose === "import" ? IMPORT : STORED;
    return this.keeping(Handle.create(this.instance, kind, config), async (handle) => {
      const to = randomToken();
      if (!(await this.offer(store, { from, to, ops: handle.finish(to) }))) {
        return undefined;
      }
      handle.merge();
      // A loss is remarked where a store is restored.
      return this.losses > 0 ? undefined : this.opened(store, to, handle);
    });
  }

  private async takeOver(store: HostStore, head: string): Promise<Opened | undefined> {
    const to = randomToken();
    const { cacheBytes } = this.settings;
    const root = await readRoot(this.instance, store, head, cacheBytes, this.waitFor, (handle) =>
      handle.isUnfinished(head) ? null : handle.takeover(head, to),
    );
    if (root === undefined) {
      return undefined;
    }
    const { handle, taken: ops } = root;
    if (ops === null) {
      return this.replace(store, head, handle);
    }
    if (this.purpose === "import") {
      handle.free();
      throw exists(this.runtimeId);
    }
    return this.keeping(handle, async () => {
      if (!(await this.offer(store, { from: head, to, ops }))) {
        return undefined;
      }
      handle.merge();
      const opened = this.opened(store, to, handle);
      await this.restore(opened);
      return opened;
    });
  }

  /** Reads and verifies what the root record speaks of. */
  private async restore({ handle, holding, reading }: Opened): Promise<void> {
    const lossAccepted = this.losses > 0;
    const load = async (): Promise<void> => {
      await reading.restore(lossAccepted);
      if (lossAccepted) {
        // So that it is remarked also where nothing is ever changed again.
        await new Upkeep(handle, holding, reading, randomToken, () => undefined).catchUp(new Spells());
        holding.check();
      }
    };
    this.busy = load();
    await this.waitFor(this.busy);
    requireWorking(this.instance);
    handle.learnIds(handle.summary().workerCount);
  }

  /**
   * The rest of an import that was never finished counts as absent, and makes room. Its records are deleted by commits,
   * each from the head of the one before: a deletion through the storage might hit what somebody else has created since.
   * Each writes the root record as well, which counts as unfinished at its own head only.
   */
  private async replace(store: HostStore, unfinished: string, handle: Handle): Promise<Opened | undefined> {
    let head = unfinished;
    try {
      if (!this.settings.create) {
        throw noStore(this.runtimeId);
      }
      const [rootKey] = rootRange(this.instance);
      for (;;) {
        const records = await this.waitFor(store.read(["", "~", DELETED_AT_ONCE + 1]));
        const keys = records.map(([key]) => key).filter((key) => key !== rootKey);
        if (keys.length === 0) {
          break;
        }
        const to = randomToken();
        const root = handle.takeover(head, to);
        const ops = [...root, ...keys.slice(0, DELETED_AT_ONCE).map((key) => [key, null] as const)];
        if (!(await this.offer(store, { from: head, to, ops }))) {
          return undefined;
        }
        handle.merge();
        head = to;
      }
    } finally {
      handle.free();
    }
    return this.create(store, head);
  }

  /** Whether the commit was applied; `false` where somebody was faster. */
  private async offer(store: HostStore, commit: StorageCommit): Promise<boolean> {
    const before = this.outcome;
    this.outcome = "unknown";
    const offering = store.offer(commit);
    let decision: Decision;
    try {
      decision = await this.waitFor(offering.decision);
    } finally {
      offering.giveUp();
    }
    requireWorking(this.instance);
    switch (decision.kind) {
      case "applied":
        return true;
      case "moved":
        this.outcome = decision.certain ? before : "unknown";
        return false;
      case "rejected":
        throw hostFailed(this.runtimeId, "commit", decision.cause, "not_applied");
      case "lost":
        throw hostFailed(this.runtimeId, "commit", decision.cause);
      default:
        throw new Error("an offering was given up by nobody");
    }
  }

  /** Frees the handle unless `use` gives it on. */
  private async keeping(
    handle: Handle,
    use: (handle: Handle) => Promise<Opened | undefined>,
  ): Promise<Opened | undefined> {
    let opened: Opened | undefined;
    try {
      opened = await use(handle);
      return opened;
    } finally {
      if (opened === undefined) {
        const free = (): void => handle.free();
        this.busy.then(free, free);
      }
    }
  }

  private opened(store: HostStore, head: string, handle: Handle): Opened {
    const holding = new Holding(store, head);
    return { handle, holding, reading: new Reading(handle, holding, true) };
  }

  private readonly waitFor: WaitFor = (call) =>
    unlessAborted(call, this.settings.signal, (signal) => givenUp(this.runtimeId, this.outcome, signal));

  private pause(milliseconds: number): Promise<void> {
    return this.waitFor(
      new Promise((resolve) => {
        after(milliseconds, resolve);
      }),
    );
  }
}
