import type { MutationOutcome } from "../api/errors.js";
import type { StorageOp } from "../storage/contract.js";
import type { Ended } from "./ended.js";

/** What became of a commit. */
export type Verdict =
  /** It is durable. */
  | { readonly kind: "applied" }
  /** It certainly is not applied and never will be; the runtime goes on. */
  | { readonly kind: "rejected"; readonly cause: unknown }
  /** The handle was fenced or the store lost; `outcome` is that of the commit. */
  | { readonly kind: "ended"; readonly ended: Ended; readonly outcome: MutationOutcome }
  /** Nothing is known and nothing will be offered again, because the runtime is closing. */
  | { readonly kind: "undecided" };

/**
 * Makes finished transactions durable. The pipeline has one commit under way at a time and asks for nothing else
 * meanwhile.
 */
export interface Committer {
  /** A commit was given up undecided, because the runtime is closing: no other is made. */
  readonly isUndecided: boolean;
  /** A token for the next commit, never given before. */
  nextToken(): string;
  /**
   * Has the store apply `ops` under the head `token`, offering it again for as long as its outcome is unknown. The
   * pipeline merges what was applied before it does anything else. Never rejects.
   */
  commit(token: string, ops: readonly StorageOp[]): Promise<Verdict>;
  /**
   * Called where no mutation waits: background work that must not run beside a commit, and its end; `undefined` for
   * none. Never rejects. `Pipeline.resume` has the pipeline ask again.
   */
  idle(): Promise<void> | undefined;
  /**
   * Called before each transaction: background work that mutations have to wait for, and its end; `undefined` for
   * none. Never rejects.
   */
  urgent(): Promise<void> | undefined;
  /** A mutation waits for the work under way to end. */
  awaited(): void;
  /** From now on a commit whose outcome is unknown is waited for a bounded time only. */
  closing(): void;
  /** The handle takes no more calls and nothing is merged any more: what is under way is given up. */
  abandon(): void;
  /** Lets go of the storage; nothing is under way. Never rejects. */
  close(): Promise<void>;
}
