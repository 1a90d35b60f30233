import type { WorkerInteractionAck } from "../api/interaction.js";
import { isBlank } from "../arguments/text.js";
import type { Handle } from "../core/handle.js";
import { hasStack } from "../core/stack.js";
import { type Arguments, type Command, CREATE, STOP_RUNTIME } from "./command.js";
import { ACCEPTED, MAX_COMMANDS, NO_OPERATION, NUMBERS_PER_COMMAND } from "./run.js";

/** Longer contents take the queue. */
const MAX_CONTENT_UNITS = 64 * 1024;
/** A run is executed when its contents have this many UTF-16 code units. */
const MAX_RUN_UNITS = 128 * 1024;
const WORDS_PER_COMMAND = 4;
/** In place of the length of a transcript. */
const ENDED = -1;

/**
 * Answers inputs and outputs of a memory-backed runtime at their call, and executes them later, many at once. Without
 * a storage nothing stands between a command and its effect but the core's own checks, and those that are left after
 * the arguments were read rest on little: whether the Worker runs, and how many entries and events there are. All of
 * it was told by earlier answers. Whoever enters the module has what was answered executed first, so that nobody can
 * see the difference; that the core answers as foreseen is checked, and if it did not, the handle would be poisoned.
 */
export class Foresight {
  private readonly handle: Handle;
  private readonly merged: () => void;
  /** Lengths of the transcripts by Worker number; a Worker that is not known to run takes the queue. */
  private readonly lengths: number[] = [ENDED];
  private lastEventId: number;

  private readonly table = new Uint32Array(1 + MAX_COMMANDS * WORDS_PER_COMMAND);
  private text = "";
  private count = 0;
  private time = 0;

  /** `merged` is told of everything that was executed. */
  constructor(handle: Handle, merged: () => void) {
    this.handle = handle;
    this.merged = merged;
    this.lastEventId = handle.lastEventId();
  }

  /** The answer to an interaction that will be accepted, `undefined` where it has to take the queue. */
  accept(call: Arguments): WorkerInteractionAck | undefined {
    const { runtimeId, workerId } = call;
    const content = call.text as string;
    const worker = this.handle.ids.number(runtimeId, workerId);
    const length = this.lengths[worker];
    if (
      length === undefined ||
      length === ENDED ||
      content.length > MAX_CONTENT_UNITS ||
      isBlank(content) ||
      this.handle.instance.isCrowded
    ) {
      return undefined;
    }
    const now = Date.now();
    if (
      this.count > 0 &&
      (now !== this.time || this.count === MAX_COMMANDS || this.text.length > MAX_RUN_UNITS)
    ) {
      if (!hasStack(this.handle.instance.boundary)) {
        return undefined;
      }
      this.execute();
    }
    this.time = now;
    const at = 1 + this.count * WORDS_PER_COMMAND;
    const { table } = this;
    table[at] = call.code;
    table[at + 1] = worker;
    table[at + 2] = NO_OPERATION;
    table[at + 3] = content.length;
    this.text += content;
    this.count += 1;
    this.lengths[worker] = length + 1;
    this.lastEventId += 1;
    return {
      workerRef: { runtimeId, workerId },
      status: "running",
      transcriptSequence: length + 1,
      eventId: this.lastEventId,
    };
  }

  /** Whether something was answered that is not executed yet. */
  get isAhead(): boolean {
    return this.count > 0;
  }

  /** Executes what was answered. */
  execute(): void {
    const { handle, count, table, text } = this;
    this.count = 0;
    this.text = "";
    table[0] = count;
    const { exchange } = handle.instance;
    handle.begin();
    const textBytes = exchange.send(table, 1 + count * WORDS_PER_COMMAND, text);
    const taken = handle.execute(textBytes, this.time);
    this.verify(count, taken);
    handle.merge();
    this.merged();
    handle.instance.noteGrowth();
  }

  private verify(count: number, taken: number): void {
    const { exchange } = this.handle.instance;
    const numbers = exchange.outNumbers();
    const start = exchange.outStart();
    let foreseen = taken === count;
    for (let i = 0; i < count; i++) {
      const at = start + i * NUMBERS_PER_COMMAND;
      foreseen &&= numbers[at] === ACCEPTED && numbers[at + 1] === this.lastEventId - count + 1 + i;
    }
    if (!foreseen) {
      throw new Error("the core answered otherwise than was foreseen");
    }
  }

  /** What was merged from the queue is what the next answers are foreseen from. */
  learn(group: readonly Command[]): void {
    const { handle } = this;
    for (const command of group) {
      if (command.refusal !== undefined) {
        continue;
      }
      if (command.code === STOP_RUNTIME) {
        this.lengths.fill(ENDED);
      } else if (command.code === CREATE) {
        this.runs(command.sequence, 0);
      } else {
        const worker = handle.ids.number(command.runtimeId, command.workerId);
        if (command.code < CREATE) {
          this.runs(worker, command.sequence);
        } else {
          this.lengths[worker] = ENDED;
        }
      }
    }
    this.lastEventId = handle.lastEventId();
  }

  /** A Worker was created, or has taken its entry `length`; a receipt may tell of an earlier time. */
  private runs(worker: number, length: number): void {
    const known = this.lengths[worker] ?? 0;
    if (known !== ENDED) {
      this.lengths[worker] = Math.max(known, length);
    }
  }
}
