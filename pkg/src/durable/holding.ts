import type { MutationOutcome, RuntimeError } from "../api/errors.js";
import { type Ended, fenced, lost } from "../pipeline/ended.js";
import type { StorageOp } from "../storage/contract.js";
import type { HostStore } from "./host-store.js";
import type { Decision, Offering } from "./offering.js";

/** A commit of this runtime's own that is not decided yet. */
interface UnderWay {
  readonly to: string;
  readonly offering: Offering;
}

/** Told once why nothing is read or committed any more. */
export type EndListener = (ended: Ended, outcome: MutationOutcome) => void;

/**
 * A store, and the head by which this runtime knows it: for as long as the store has this head, or that of the commit
 * under way, it is this runtime's and what is read from it is believed.
 */
export class Holding {
  readonly store: HostStore;
  /** A commit was given up, of which nobody knows whether it was or will be applied. */
  isUndecided = false;
  private own: string;
  private underWay: UnderWay | null = null;
  private closing = false;
  private endedBy: Ended | null = null;
  private listener: EndListener | null = null;
  /** For each question for the head that is not answered yet: the heads that may be the answer. */
  private readonly questions = new Set<Set<string>>();
  private released: Promise<void> | null = null;

  constructor(store: HostStore, head: string) {
    this.store = store;
    this.own = head;
  }

  get runtimeId(): string {
    return this.store.runtimeId;
  }

  /** Why nothing is read or committed any more, `null` while it is. */
  get ended(): Ended | null {
    return this.endedBy;
  }

  onEnd(listener: EndListener): void {
    this.listener = listener;
  }

  /**
   * Has the store apply `ops` and make `to` its head. One commit at a time. A head that was moved by somebody else, and
   * a loss, end the holding before this answers; so does `end`, with nothing known.
   */
  commit(to: string, ops: readonly StorageOp[], background = false): Promise<Decision> {
    if (this.endedBy !== null) {
      return Promise.resolve({ kind: "given_up" });
    }
    for (const heads of this.questions) {
      heads.add(to);
    }
    const offering = this.store.offer({ from: this.own, to, ops }, background);
    this.underWay = { to, offering };
    if (this.endedBy !== null || this.released !== null) {
      // The host has called back while it was offered.
      offering.giveUp();
    } else if (this.closing) {
      offering.giveUpAfter(this.store.timeoutMs);
    }
    return offering.decision.then((decision) => this.decided(to, decision));
  }

  private decided(to: string, decision: Decision): Decision {
    this.underWay = null;
    if (decision.kind === "given_up") {
      this.isUndecided = true;
    } else if (decision.kind === "applied") {
      this.own = to;
    } else if (decision.kind === "moved") {
      this.end(fenced(this.runtimeId), decision.certain ? "not_applied" : "unknown");
    } else if (decision.kind === "lost") {
      this.end(lost(this.runtimeId, decision.cause), "unknown");
    }
    return decision;
  }

  /** Somebody waits for the commit under way. */
  keep(): void {
    this.underWay?.offering.keep();
  }

  /**
   * Asks for the head. Rejects with `storage_conflict` where it is not this runtime's, which ends the holding, and with
   * `storage_lost` or `storage_failed`.
   */
  async look(background = false): Promise<void> {
    this.check();
    const heads = new Set([this.own]);
    if (this.underWay !== null) {
      heads.add(this.underWay.to);
    }
    this.questions.add(heads);
    let head: string | null;
    try {
      head = await this.store.head(background);
    } catch (error) {
      throw this.noteFailure(error);
    } finally {
      this.questions.delete(heads);
    }
    this.check();
    if (head === null || !heads.has(head)) {
      const ended = fenced(this.runtimeId);
      this.end(ended, "unknown");
      throw ended.error();
    }
  }

  /** What a call gets that failed with `error`; a loss ends the holding. */
  noteFailure(error: unknown): unknown {
    if ((error as RuntimeError).code !== "storage_lost") {
      return error;
    }
    const ended = this.endedBy ?? lost(this.runtimeId, (error as RuntimeError).cause);
    this.end(ended, "unknown");
    return ended.error();
  }

  /** Throws what a call gets once the holding has ended. */
  check(): void {
    if (this.endedBy !== null) {
      throw this.endedBy.error();
    }
  }

  /**
   * Nothing is believed or committed any more; the first reason stays. With a listener the store is let go of; whoever
   * opens still has it.
   */
  end(ended: Ended, outcome: MutationOutcome): void {
    if (this.endedBy === null) {
      this.endedBy = ended;
      this.underWay?.offering.giveUp();
      if (this.listener !== null) {
        this.listener(ended, outcome);
        void this.release();
      }
    }
  }

  /** From now on a commit that is not decided is waited for a bounded time only. */
  close(): void {
    this.closing = true;
    this.underWay?.offering.giveUpAfter(this.store.timeoutMs);
  }

  /** Gives up what is under way and lets go of the store. Never rejects. */
  release(): Promise<void> {
    this.underWay?.offering.giveUp();
    this.released ??= this.store.close();
    return this.released;
  }
}
