import { Tokens } from "../core/entropy.js";
import type { Handle } from "../core/handle.js";
import type { Engine } from "../engine.js";
import type { Committer, Verdict } from "../pipeline/committer.js";
import type { Ended } from "../pipeline/ended.js";
import type { StorageOp } from "../storage/contract.js";
import type { Holding } from "./holding.js";
import type { Decision } from "./offering.js";
import type { Reading } from "./reading.js";
import { Truce } from "./truce.js";
import { Upkeep } from "./upkeep.js";
import { Watch } from "./watch.js";

/** Makes the transactions of a runtime durable in the store that it holds, and keeps that store in order. */
export class StoreCommitter implements Committer {
  private readonly holding: Holding;
  private readonly tokens = new Tokens();
  private readonly upkeep: Upkeep;
  private readonly truce = new Truce();
  private watch: Watch | null = null;
  private engine: Engine | null = null;

  constructor(handle: Handle, holding: Holding, reading: Reading) {
    this.holding = holding;
    const resume = (): void => this.engine?.pipeline.resume();
    this.upkeep = new Upkeep(handle, holding, reading, () => this.nextToken(), resume);
  }

  /** From now on the engine is told what becomes of the store. */
  attach(engine: Engine): void {
    this.engine = engine;
    this.holding.onEnd((ended, outcome) => engine.pipeline.end(ended, outcome));
    this.watch = new Watch(
      this.holding,
      () => engine.feed.hasSubscribers,
      () => this.truce.begin(),
    );
    engine.pipeline.resume();
  }

  get isUndecided(): boolean {
    return this.holding.isUndecided;
  }

  nextToken(): string {
    return this.tokens.next();
  }

  commit(token: string, ops: readonly StorageOp[]): Promise<Verdict> {
    return this.holding.commit(token, ops).then(this.verdict);
  }

  private readonly verdict = (decision: Decision): Verdict => {
    switch (decision.kind) {
      case "applied":
        this.upkeep.noteMutation();
        this.watch?.noteCommit();
        return decision;
      case "rejected":
        return decision;
      case "moved":
        return {
          kind: "ended",
          ended: this.holding.ended as Ended,
          outcome: decision.certain ? "not_applied" : "unknown",
        };
      case "lost":
        return { kind: "ended", ended: this.holding.ended as Ended, outcome: "unknown" };
      default:
        return { kind: "undecided" };
    }
  };

  idle(): Promise<void> | undefined {
    return this.upkeep.idle();
  }

  urgent(): Promise<void> | undefined {
    return this.truce.wait() ?? this.upkeep.urgent();
  }

  awaited(): void {
    this.holding.keep();
  }

  closing(): void {
    this.watch?.stop();
    this.truce.end();
    this.holding.close();
  }

  abandon(): void {
    this.upkeep.stop();
    this.truce.end();
    this.watch?.stop();
    void this.holding.release();
  }

  close(): Promise<void> {
    this.upkeep.stop();
    this.watch?.stop();
    return this.holding.release();
  }
}
