import type { WorkerDetail, WorkerLifecycleAck } from "../api/catalog.js";
import type { RuntimeError } from "../api/errors.js";
import type { WorkerInteractionAck } from "../api/interaction.js";
import type { KnownWorkers, MutationSettings, Target } from "../arguments/interaction.js";
import { abortReason, isAborted, listen, type Signal } from "../arguments/signals.js";
import type { WorkerRequest } from "../core/workers.js";
import { storageFailed } from "./ended.js";

/** What a command does. Below `CREATE` it is an interaction, and the code is that of its transcript role. */
export const USER = 0;
export const SYSTEM = 1;
export const ASSISTANT = 2;
export const TOOL = 3;
export const CREATE = 4;
export const STOP = 5;
export const CANCEL = 6;
export const STOP_RUNTIME = 7;

/** Where a command stands. */
const WAITING = 0;
const COMMITTING = 1;
const SETTLED = 2;

let givenResolve: (value: unknown) => void;
let givenReject: (reason: unknown) => void;

/** One executor for all promises, so that none is made per command. */
function give(resolve: (value: unknown) => void, reject: (reason: unknown) => void): void {
  givenResolve = resolve;
  givenReject = reject;
}

/** One mutation, from its call until its promise settles. */
export class Command {
  code: number;
  /** The number of its Worker where that was known at the call, otherwise 0. */
  worker = 0;
  runtimeId = "";
  workerId = "";
  /** The content, or the reason of a stop or cancel. */
  text: string | undefined = undefined;
  operationId: string | undefined = undefined;
  signal: Signal | undefined = undefined;
  request: WorkerRequest | undefined = undefined;

  /** Whether it goes in a commit of its own, because one that it shared was refused. */
  alone = false;
  /** What the execution said: the refusal, or the answer. */
  refusal: RuntimeError | undefined = undefined;
  answer: unknown = undefined;
  eventId = 0;
  sequence = 0;

  private state = WAITING;
  private resolve: ((value: unknown) => void) | undefined = undefined;
  private reject: ((reason: unknown) => void) | undefined = undefined;
  private stopListening: (() => void) | undefined = undefined;

  constructor(code: number) {
    this.code = code;
  }

  /** Names the Worker that it concerns. */
  aim(target: Target, workers: KnownWorkers): void {
    this.worker = typeof target === "number" ? target : 0;
    const { runtimeId, workerId } = typeof target === "number" ? workers.ref(target) : target;
    this.runtimeId = runtimeId;
    this.workerId = workerId;
  }

  heedSettings(settings: MutationSettings | undefined): void {
    if (settings !== undefined) {
      this.operationId = settings.operationId;
      this.signal = settings.signal;
    }
  }

  get settled(): boolean {
    return this.state === SETTLED;
  }

  /** Whether the storage certainly does not have it. */
  get waiting(): boolean {
    return this.state === WAITING;
  }

  promise<T>(): Promise<T> {
    const promise = new Promise(give);
    this.resolve = givenResolve;
    this.reject = givenReject;
    return promise as Promise<T>;
  }

  /** Whether the caller has given up already. */
  get abortedBefore(): boolean {
    return this.signal !== undefined && isAborted(this.signal);
  }

  /** Has `giveUp` told as soon as the caller gives up. */
  heed(signal: Signal, giveUp: () => void): void {
    this.stopListening = listen(signal, giveUp);
  }

  /** What the caller gets who gives up now; `isUnderWay`: the same operation, called before, was handed to the storage. */
  givenUp(isUnderWay: boolean): RuntimeError {
    const cause = this.signal === undefined ? undefined : { cause: abortReason(this.signal) };
    return !this.waiting || isUnderWay
      ? storageFailed("the caller gave up while the commit was under way", "unknown", cause)
      : storageFailed("the caller gave up; the mutation is withdrawn", "not_applied", cause);
  }

  /** From now on the storage may have it. */
  commits(): void {
    if (this.state === WAITING) {
      this.state = COMMITTING;
    }
  }

  /** The event of its answer. */
  event(): number {
    switch (this.code) {
      case CREATE:
        return (this.answer as WorkerDetail).lastEventId;
      case STOP:
      case CANCEL:
        return (this.answer as WorkerLifecycleAck).eventId;
      case STOP_RUNTIME:
        return this.answer as number;
      default:
        return this.eventId;
    }
  }

  /** Whether its execution made an event after `lastEventId`, or shares one that did. */
  changedAfter(lastEventId: number): boolean {
    return this.refusal === undefined && this.event() > lastEventId;
  }

  /** It will be executed anew, in a commit of its own or not; nothing of its last execution is left. */
  waits(alone: boolean): void {
    this.alone = alone;
    if (this.state === COMMITTING) {
      this.state = WAITING;
    }
    this.refusal = undefined;
    this.answer = undefined;
  }

  /** Answers the caller with what the execution said. */
  settle(): void {
    if (this.refusal !== undefined) {
      this.fail(this.refusal);
    } else if (this.state !== SETTLED) {
      const resolve = this.resolve as (value: unknown) => void;
      const answer = this.code < CREATE ? this.ack() : this.answer;
      this.end();
      resolve(answer);
    }
  }

  fail(error: RuntimeError): void {
    if (this.state !== SETTLED) {
      const reject = this.reject as (reason: unknown) => void;
      this.end();
      reject(error);
    }
  }

  private ack(): WorkerInteractionAck {
    return {
      workerRef: { runtimeId: this.runtimeId, workerId: this.workerId },
      status: "running",
      transcriptSequence: this.sequence,
      eventId: this.eventId,
    };
  }

  private end(): void {
    this.state = SETTLED;
    this.resolve = undefined;
    this.reject = undefined;
    this.text = undefined;
    this.request = undefined;
    if (this.stopListening !== undefined) {
      this.stopListening();
      this.stopListening = undefined;
    }
  }
}
