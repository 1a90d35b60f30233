import {
  isStorageLost,
  isStorageRejected,
  type RuntimeStore,
  type StorageCommit,
  type StorageOp,
} from "../storage/contract.js";
import { after, type Timer } from "./timer.js";

/** What is known of a commit in the end. */
export type Decision =
  /** The host said that it is durable. */
  | { readonly kind: "applied" }
  /** The head is another, or there is none; `certain`: the commit was not applied and never will be. */
  | { readonly kind: "moved"; readonly head: string | null; readonly certain: boolean }
  /** It certainly is not applied and never will be, for a reason of the host's own. */
  | { readonly kind: "rejected"; readonly cause: unknown }
  /** The store has vanished or gone back in time. */
  | { readonly kind: "lost"; readonly cause: unknown }
  /** Nothing is known, and nothing is offered again. */
  | { readonly kind: "given_up" };

const FIRST_PAUSE_MS = 10;
const LONGEST_PAUSE_MS = 2_000;

/** Whether a host's answer can be a head. */
export function isHead(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}

/**
 * One commit, offered to the store again and again, the very same each time, until it is decided. The first answer
 * that decides counts, whichever offering it is an answer to.
 */
export class Offering {
  readonly decision: Promise<Decision>;
  private readonly store: RuntimeStore;
  private readonly commit: StorageCommit;
  private readonly timeoutMs: number;
  private background: boolean;
  private resolve!: (decision: Decision) => void;
  private decided = false;
  private offerings = 0;
  private pauseMs = FIRST_PAUSE_MS;
  private pausing = false;
  private timer: Timer | null = null;
  private deadline: Timer | null = null;

  /** With `background` it does not keep a process alive. */
  constructor(store: RuntimeStore, commit: StorageCommit, timeoutMs: number, background: boolean) {
    this.store = store;
    this.commit = commit;
    this.timeoutMs = timeoutMs;
    this.background = background;
    this.decision = new Promise((resolve) => {
      this.resolve = resolve;
    });
    this.again();
  }

  /** Somebody waits for it now. */
  keep(): void {
    this.background = false;
    this.timer?.keep();
  }

  /** Decides that nothing is known, unless something is. */
  giveUp(): void {
    this.decide({ kind: "given_up" });
  }

  /** Goes on for at most so many milliseconds. */
  giveUpAfter(milliseconds: number): void {
    this.keep();
    if (!this.decided && this.deadline === null) {
      this.deadline = after(milliseconds, () => this.giveUp());
    }
  }

  private decide(decision: Decision): void {
    if (!this.decided) {
      this.decided = true;
      this.timer?.clear();
      this.deadline?.clear();
      this.resolve(decision);
    }
  }

  private again(): void {
    if (this.decided) {
      return;
    }
    this.pausing = false;
    this.offerings += 1;
    const number = this.offerings;
    this.timer = after(this.timeoutMs, () => this.unknown(number), this.background);
    const { from, to, ops } = this.commit;
    // Lists of its own for each offering: an adapter may empty them while it works through them, and then fail.
    const offered = { from, to, ops: ops.map((op): StorageOp => [op[0], op[1]]) };
    void this.ask(offered, number);
  }

  private async ask(offered: StorageCommit, number: number): Promise<void> {
    let value: unknown;
    try {
      value = await this.store.commit(offered);
    } catch (error) {
      this.rejected(error, number);
      return;
    }
    this.answered(value, number);
  }

  private answered(value: unknown, number: number): void {
    const { from, to } = this.commit;
    if (value === to) {
      this.decide({ kind: "applied" });
    } else if (value === null ? from !== null || this.offerings > 1 : isHead(value) && value !== from) {
      // Once a second offering is out, the first answer may come after both were applied and taken over.
      this.decide({ kind: "moved", head: value as string | null, certain: this.offerings === 1 });
    } else {
      this.unknown(number);
    }
  }

  private rejected(error: unknown, number: number): void {
    if (isStorageLost(error)) {
      this.decide({ kind: "lost", cause: error });
    } else if (this.offerings === 1 && isStorageRejected(error)) {
      this.decide({ kind: "rejected", cause: error });
    } else {
      this.unknown(number);
    }
  }

  /** The latest offering has told nothing. */
  private unknown(number: number): void {
    if (this.decided || this.pausing || number !== this.offerings) {
      return;
    }
    this.pausing = true;
    this.timer?.clear();
    this.timer = after(this.pauseMs, () => this.again(), this.background);
    this.pauseMs = Math.min(this.pauseMs * 2, LONGEST_PAUSE_MS);
  }
}
