import type { MutationOutcome, RuntimeError } from "../api/errors.js";
import type { WorkerInteractionAck } from "../api/interaction.js";
import type { Handle } from "../core/handle.js";
import { hasStack, requireStack } from "../core/stack.js";
import type { WorkerRequest } from "../core/workers.js";
import { CANCEL, type Command, CREATE, STOP_RUNTIME } from "./command.js";
import type { Committer, Verdict } from "./committer.js";
import { closed, type Ended, storageFailed } from "./ended.js";
import type { Foresight } from "./foresight.js";
import { CommandQueue } from "./queue.js";
import { executeRun, MAX_COMMANDS } from "./run.js";

/** Already resolved: what waits on it runs as a microtask. */
const soon = Promise.resolve();

/** Told what the pipeline did, before the callers are. */
export interface PipelineObserver {
  /** Whether somebody waits for changes to be merged. */
  readonly isWatched: boolean;
  /** Fulfils when no read is under way. */
  quiet(): Promise<void>;
  /** Changes were merged, or answered before. */
  merged(): void;
  /** The handle takes no more calls. */
  stopped(ended: Ended): void;
}

/**
 * Takes commands from the queue in the order of their calls, executes them in a transaction, has the transaction
 * committed where there is a storage, merges it, and answers the callers: one transaction at a time.
 */
export class Pipeline {
  private readonly handle: Handle;
  private readonly committer: Committer | null;
  private readonly observer: PipelineObserver;
  /** `null` where commands are committed before they are answered, or none are taken at all. */
  private readonly foresight: Foresight | null;
  private readonly queue = new CommandQueue();
  private readonly flush = (): void => {
    this.scheduled = false;
    this.advance();
  };
  private scheduled = false;
  /** A commit or background work is under way. */
  private busy = false;
  /** The commands of the commit under way. */
  private committing: Command[] = [];
  /** The last event that was merged. */
  private lastEventId: number;
  /** How many callers are told only once those are who waited for changes: whoever calls meanwhile is told after them. */
  private untold = 0;
  private endedBy: Ended | null = null;
  /** Nothing is executed any more: poisoned, fenced or lost. */
  private over = false;
  private closePromise: Promise<void> | null = null;
  private drained: (() => void) | null = null;

  constructor(
    handle: Handle,
    committer: Committer | null,
    observer: PipelineObserver,
    foresight: Foresight | null,
  ) {
    this.handle = handle;
    this.committer = committer;
    this.observer = observer;
    this.foresight = foresight;
    this.lastEventId = handle.lastEventId();
  }

  /** Why no call is taken any more, `null` while they are. */
  get ended(): Ended | null {
    return this.endedBy;
  }

  /** Whether nothing is executed or read any more: the handle is poisoned, fenced or lost. */
  get isOver(): boolean {
    return this.over;
  }

  /** The answer to an input or output of a known Worker, where it can be given at once; `undefined` where it is to be queued. */
  foresee(worker: number, role: number, content: string): Promise<WorkerInteractionAck> | undefined {
    const { foresight } = this;
    if (foresight !== null && this.endedBy === null && !this.scheduled) {
      try {
        if (this.untold > 0 || this.observer.isWatched) {
          return this.foreseeWatched(foresight, worker, role, content);
        }
        if (foresight.accept(worker, role, content)) {
          // Made where it is resolved: of an object that was made elsewhere engines ask whether it has a `then`.
          return Promise.resolve(foresight.ack(worker));
        }
      } catch (error) {
        this.broken(error);
      }
    }
    return undefined;
  }

  /** The same where somebody waits for changes, who is told before the caller. */
  private foreseeWatched(
    foresight: Foresight,
    worker: number,
    role: number,
    content: string,
  ): Promise<WorkerInteractionAck> | undefined {
    let ack: WorkerInteractionAck | undefined;
    // Made first: once it is answered nothing may fail, be it for want of stack.
    const told = soon.then(() => {
      this.untold -= 1;
      try {
        this.observer.merged();
      } catch (error) {
        this.broken(error);
      }
      return ack as WorkerInteractionAck;
    });
    this.untold += 1;
    if (foresight.accept(worker, role, content)) {
      ack = foresight.ack(worker);
      return told;
    }
    return undefined;
  }

  /**
   * Executes what was answered before it was executed; called before the module is entered for anything else. Answers whether
   * there was such, for which there was stack enough.
   */
  catchUp(): boolean {
    if (!this.foresight?.isAhead || this.over) {
      return false;
    }
    requireStack(this.handle.instance.boundary);
    try {
      this.foresight.execute();
    } catch (error) {
      this.broken(error);
    }
    return true;
  }

  /** Queues a command whose arguments have been read. */
  submit<T>(command: Command): Promise<T> {
    if (this.endedBy !== null) {
      return Promise.reject(this.refusal(this.endedBy));
    }
    const promise = command.promise<T>();
    const { signal } = command;
    if (signal !== undefined) {
      if (command.abortedBefore) {
        this.withdraw(command);
        return promise;
      }
      try {
        command.heed(signal, () => this.withdraw(command));
      } catch (error) {
        command.fail(error as RuntimeError);
        return promise;
      }
    }
    if (this.busy) {
      this.committer?.awaited();
    }
    this.schedule();
    this.queue.push(command);
    return promise;
  }

  /** The caller gives up. What waits is withdrawn, unless its operation id is remembered: that answers it at once. */
  private withdraw(command: Command): void {
    const { waiting } = command;
    const isUnderWay = this.isUnderWay(command.operationId);
    if (!waiting || isUnderWay || !this.recall(command)) {
      command.fail(command.givenUp(isUnderWay));
    }
    if (waiting) {
      this.queue.noteWithdrawn();
    }
  }

  /** Answers a command by what is remembered of its operation id, whatever is under way; whether anything is. */
  private recall(command: Command): boolean {
    const { handle } = this;
    if (command.operationId === undefined || this.over || !hasStack(handle.instance.boundary)) {
      return false;
    }
    try {
      handle.aside(() => {
        if (command.code >= CREATE) {
          this.executeOne(command);
        } else {
          const asked = new CommandQueue();
          asked.push(command);
          executeRun(handle, asked, 1, []);
        }
      });
      const { refusal } = command;
      if (refusal !== undefined && refusal.code !== "operation_conflict") {
        return false;
      }
    } catch (error) {
      this.broken(error);
      return false;
    }
    command.settle();
    return true;
  }

  /** Whether an operation is part of the commit under way. */
  private isUnderWay(operationId: string | undefined): boolean {
    return (
      operationId !== undefined &&
      this.busy &&
      this.committing.some((command) => command.operationId === operationId)
    );
  }

  /** The answer to a mutation that comes too late. */
  refusal(ended: Ended): RuntimeError {
    return ended.kind === "closed" ? ended.error() : ended.error("not_applied");
  }

  /** Has the committer asked for background work again. */
  resume(): void {
    if (this.endedBy === null) {
      this.schedule();
    }
  }

  private schedule(): void {
    if (!this.scheduled && !this.busy) {
      this.scheduled = true;
      soon.then(this.flush);
    }
  }

  /**
   * No call is taken any more. Commands of the commit under way are answered with `outcome`; those that wait were
   * certainly not applied. The first reason stays, unless the handle is closed.
   */
  end(ended: Ended, outcome: MutationOutcome): void {
    if (this.endedBy === null) {
      this.endedBy = ended;
      this.observer.stopped(ended);
    }
    this.over = true;
    this.committer?.abandon();
    const committing = this.committing;
    this.committing = [];
    const waiting = this.queue.drain();
    for (const command of committing) {
      command.fail(ended.error(outcome));
    }
    for (const command of waiting) {
      command.fail(ended.error("not_applied"));
    }
  }

  /** Completes what was called before, then lets go of the storage and the memory. */
  close(): Promise<void> {
    if (this.closePromise === null) {
      const before = this.endedBy;
      this.endedBy = closed(this.handle.runtimeId);
      if (before === null) {
        this.observer.stopped(this.endedBy);
        this.committer?.closing();
      }
      this.closePromise = this.completeAndRelease();
    }
    return this.closePromise;
  }

  private async completeAndRelease(): Promise<void> {
    if (this.untold > 0) {
      // What is executed now was called after those.
      await soon;
    }
    this.advance();
    if (this.busy) {
      await new Promise<void>((resolve) => {
        this.drained = resolve;
      });
    }
    await this.observer.quiet();
    await this.committer?.close();
    this.handle.free();
  }

  /** An error that is no refusal: nobody knows what state the module is in. */
  private readonly broken = (error: unknown): void => {
    this.busy = false;
    if (!this.handle.instance.poisoned) {
      this.handle.instance.failure(error);
    }
    this.rest();
  };

  /** Works until the queue is empty or a commit is under way. */
  private advance(): void {
    try {
      while (!this.busy) {
        if (this.over || this.queue.first() === undefined) {
          this.rest();
          return;
        }
        const urgent = this.committer?.urgent();
        if (urgent === undefined) {
          this.transact();
        } else {
          this.wait(urgent);
        }
      }
    } catch (error) {
      this.broken(error);
    }
  }

  /** Executes one group of commands, and merges it or has it committed. */
  private transact(): void {
    const { handle, committer } = this;
    this.catchUp();
    const group = this.execute();
    if (committer === null) {
      this.merge(group);
    } else if (!this.changes(group)) {
      handle.abort();
      this.committing = [];
      settle(group);
    } else {
      const token = committer.nextToken();
      const ops = handle.finish(token);
      this.busy = true;
      for (const command of group) {
        command.commits();
      }
      committer.commit(token, ops).then(this.decide, this.broken);
    }
  }

  /** Whether a transaction has anything to store: whatever changes is an event. */
  private changes(group: readonly Command[]): boolean {
    return group.some((command) => command.changedAfter(this.lastEventId));
  }

  /** Executes commands in a new transaction: as many as go into one commit. */
  private execute(): Command[] {
    const { handle, queue } = this;
    const group: Command[] = [];
    this.committing = group;
    handle.begin();
    while (group.length < MAX_COMMANDS) {
      const command = queue.first();
      if (command === undefined || (command.alone && group.length > 0)) {
        break;
      }
      if (command.code < CREATE) {
        if (!executeRun(handle, queue, MAX_COMMANDS - group.length, group)) {
          break;
        }
      } else {
        if (!this.executeOne(command)) {
          break;
        }
        queue.take(1);
        group.push(command);
      }
      if (command.alone) {
        break;
      }
    }
    return group;
  }

  /** Whether the command was taken; one that was refused was. */
  private executeOne(command: Command): boolean {
    const { handle } = this;
    const now = Date.now();
    try {
      if (command.code === CREATE) {
        const created = handle.executeCreate(command.request as WorkerRequest, command.operationId, now);
        command.answer = created?.detail;
        command.sequence = created?.worker ?? 0;
        return created !== undefined;
      }
      if (command.code === STOP_RUNTIME) {
        command.answer = handle.executeStopRuntime(now);
        return true;
      }
      command.answer = handle.executeEnd(
        command,
        command.code === CANCEL,
        command.text,
        command.operationId,
        now,
      );
      return command.answer !== undefined;
    } catch (error) {
      if (handle.instance.poisoned) {
        throw error;
      }
      const refusal = error as RuntimeError;
      // Without a storage in it, this is the module's memory.
      const full = refusal.code === "storage_failed";
      command.refusal = full ? storageFailed(refusal.message, "not_applied") : refusal;
      return true;
    }
  }

  /** Makes the transaction part of what everybody sees, and only then tells the callers. */
  private merge(group: readonly Command[]): void {
    this.lastEventId = this.handle.merge();
    this.handle.instance.noteGrowth();
    for (const command of group) {
      if (command.code === CREATE && command.refusal === undefined) {
        this.handle.learn(command.sequence, command.request);
      }
    }
    this.committing = [];
    this.foresight?.learn(group, this.lastEventId);
    this.observer.merged();
    settle(group);
  }

  private readonly decide = (verdict: Verdict): void => {
    this.busy = false;
    try {
      if (this.over) {
        // Everybody has been answered.
      } else if (verdict.kind === "applied") {
        this.merge(this.committing);
      } else if (verdict.kind === "ended") {
        this.end(verdict.ended, verdict.outcome);
      } else if (verdict.kind === "rejected") {
        this.handle.abort();
        this.rejected(verdict.cause);
      } else {
        this.handle.abort();
        this.giveUp();
      }
    } catch (error) {
      this.broken(error);
      return;
    }
    this.advance();
  };

  /**
   * The storage refused the commit. A mutation that was the only one in it fails, and what rested on it is executed
   * anew; several are tried one by one.
   */
  private rejected(cause: unknown): void {
    const group = this.committing;
    this.committing = [];
    const changing = group.filter((command) => command.changedAfter(this.lastEventId));
    const several = new Set(changing.map((command) => command.event())).size > 1;
    if (!several) {
      changing[0]?.fail(storageFailed("the storage refused the commit", "not_applied", { cause }));
    }
    const again = group.filter((command) => !command.settled);
    for (const command of again) {
      command.waits(several);
    }
    this.queue.putBack(again);
  }

  /** The runtime is closing and the outcome of the commit stays unknown. */
  private giveUp(): void {
    const group = this.committing;
    this.committing = [];
    for (const command of group) {
      command.fail(storageFailed("the runtime was closed before the storage answered", "unknown"));
    }
    for (const command of this.queue.drain()) {
      command.fail(storageFailed("the runtime was closed before the storage was asked", "not_applied"));
    }
  }

  /** Nothing waits: background work may run, and whoever closes goes on. */
  private rest(): void {
    if (this.endedBy !== null) {
      this.drained?.();
      this.drained = null;
      return;
    }
    const work = this.committer?.idle();
    if (work !== undefined) {
      this.wait(work);
    }
  }

  /** Nothing is executed until `work` has ended. */
  private wait(work: Promise<void>): void {
    this.busy = true;
    const done = (): void => {
      this.busy = false;
      if (this.committer?.isUndecided) {
        this.giveUp();
      }
      this.advance();
    };
    work.then(done, done);
  }
}

function settle(group: readonly Command[]): void {
  for (const command of group) {
    command.settle();
  }
}
