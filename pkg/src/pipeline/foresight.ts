import type { WorkerDetail } from "../api/catalog.js";
import type { WorkerInteractionAck } from "../api/interaction.js";
import { isBlank } from "../arguments/text.js";
import type { Handle } from "../core/handle.js";
import { Outbox } from "../core/outbox.js";
import { EventPage } from "../core/pages.js";
import { hasStack } from "../core/stack.js";
import { ASSISTANT, type Command, CREATE, STOP_RUNTIME } from "./command.js";
import { MAX_COMMANDS } from "./run.js";

const WORDS_PER_COMMAND = 3;
/** The most milliseconds that go with a role into one word. */
const MAX_ELAPSED = 2 ** 30 - 1;
/** In place of the length of a transcript. */
const ENDED = -1;

/**
 * Answers inputs and outputs of a memory-backed runtime at their call, keeps their contents, and has the core execute
 * them later, many at once. Without a storage nothing stands between a command and its effect but the core's own
 * checks, and those that are left after the arguments were read rest on little: whether the Worker runs, and how many
 * entries and events there are. All of it was told by earlier answers. Whoever enters the module has what was answered
 * executed first, so that nobody can see the difference; that the core answers as foreseen is checked, and if it did
 * not, the handle would be poisoned. Who follows the events is told from here as well: one by one, executing each would
 * be most of what that takes.
 */
export class Foresight {
  private readonly handle: Handle;
  /** Lengths of the transcripts by Worker number; a Worker that is not known to run takes the queue. */
  private readonly lengths: number[] = [ENDED];
  /** The last event of each of them that runs. */
  private readonly lastEvents: number[] = [0];
  /** The last event that was merged or answered; 0, and nothing is foreseen, before the first merge. */
  lastEventId = 0;

  /** For each: Worker, place in its transcript, role and four times the milliseconds since `time`. */
  private table = new Uint32Array(0);
  private count = 0;
  private time = 0;

  constructor(handle: Handle) {
    this.handle = handle;
  }

  /** Accepts an interaction, which is to be answered with `ack`; `false`, and nothing was done, where it has to take the queue. */
  accept(worker: number, role: number, content: string): boolean {
    const { handle } = this;
    const length = this.lengths[worker];
    if (
      length === undefined ||
      length === ENDED ||
      isBlank(content) ||
      handle.contents.isFull ||
      handle.instance.isCrowded
    ) {
      return false;
    }
    // As the core counts, for whom no time is before 1970; what has elapsed is added to that.
    const now = Math.max(0, Date.now());
    let elapsed = now - this.time;
    if (this.count === 0) {
      this.time = now;
      elapsed = 0;
      if (this.table.length === 0) {
        // Engines count such memory as dear: a runtime that nothing is said to has none.
        this.table = new Uint32Array(MAX_COMMANDS * WORDS_PER_COMMAND);
      }
    } else if (this.count === MAX_COMMANDS || elapsed >>> 0 !== elapsed || elapsed > MAX_ELAPSED) {
      if (!hasStack(handle.instance.boundary)) {
        return false;
      }
      this.execute();
      this.time = now;
      elapsed = 0;
    }
    const { table } = this;
    const at = this.count * WORDS_PER_COMMAND;
    const transcriptSequence = length + 1;
    const eventId = this.lastEventId + 1;
    table[at] = worker;
    table[at + 1] = transcriptSequence;
    table[at + 2] = role + elapsed * 4;
    this.count += 1;
    this.lengths[worker] = transcriptSequence;
    this.lastEvents[worker] = eventId;
    this.lastEventId = eventId;
    handle.contents.add(eventId, content);
    return true;
  }

  /** The answer to what was accepted last, which `worker` was told. */
  ack(worker: number): WorkerInteractionAck {
    return {
      workerRef: this.handle.ids.ref(worker),
      status: "running",
      transcriptSequence: this.lengths[worker] as number,
      eventId: this.lastEventId,
    };
  }

  /** Whether something was answered that is not executed yet. */
  get isAhead(): boolean {
    return this.count > 0;
  }

  /** Executes what was answered. */
  execute(): void {
    const { handle, count, table } = this;
    this.count = 0;
    const words = count * WORDS_PER_COMMAND;
    if (!handle.appendForeseen(table, words, count, this.lastEventId - count + 1, this.time)) {
      throw new Error("the core answered otherwise than was foreseen");
    }
    handle.instance.noteGrowth();
  }

  /** The record of a Worker with everything that was answered, `undefined` where the core has to be asked. */
  detail(worker: number): WorkerDetail | undefined {
    const length = this.lengths[worker] ?? ENDED;
    return length === ENDED
      ? undefined
      : this.handle.runningDetail(worker, length, this.lastEvents[worker] as number);
  }

  /**
   * At most `limit` events from `nextEventId` on, where all there are from there on were answered and none of them is executed; `null`
   * where there are none yet; `undefined` where the core has to be asked.
   */
  events(nextEventId: number, limit: number): EventPage | null | undefined {
    const { handle, table, time, count, lastEventId } = this;
    const { vocabulary } = handle.instance;
    const there = lastEventId + 1 - nextEventId;
    if (there <= 0) {
      return lastEventId === 0 ? undefined : null;
    }
    // A clock that makes no sense is for the core to read.
    if (there > count || vocabulary === null || !Number.isSafeInteger(time)) {
      return undefined;
    }
    const given = Math.min(limit, there);
    let place = count - there;
    const numbers = new Float64Array(3 + 4 * given);
    numbers[0] = nextEventId + given;
    numbers[1] = place + given < count ? 1 : 0;
    numbers[2] = given;
    for (let to = 3; to < numbers.length; to += 4) {
      const at = place * WORDS_PER_COMMAND;
      const rest = table[at + 2] as number;
      numbers[to] = (rest & 3) < ASSISTANT ? vocabulary.inputAccepted : vocabulary.outputRecorded;
      numbers[to + 1] = -1;
      numbers[to + 2] = table[at] as number;
      numbers[to + 3] = time + (rest >>> 2);
      place += 1;
    }
    return new EventPage(new Outbox(numbers, 0, ""), handle.ids, vocabulary);
  }

  /** What was merged from the queue, up to `lastEventId`, is what the next answers are foreseen from. */
  learn(group: readonly Command[], lastEventId: number): void {
    const { handle } = this;
    for (const command of group) {
      if (command.refusal !== undefined) {
        continue;
      }
      if (command.code === STOP_RUNTIME) {
        this.lengths.fill(ENDED);
      } else if (command.code === CREATE) {
        this.runs(command.sequence, 0, command.event());
      } else {
        const worker = handle.ids.number(command.runtimeId, command.workerId);
        if (command.code < CREATE) {
          this.runs(worker, command.sequence, command.eventId);
        } else {
          this.lengths[worker] = ENDED;
        }
      }
    }
    this.lastEventId = lastEventId;
  }

  /** Nothing is foreseen any more. */
  forget(): void {
    this.lengths.length = 0;
    this.lastEvents.length = 0;
  }

  /** A Worker was created, or has taken its entry `length`, by an event; a receipt may tell of an earlier time. */
  private runs(worker: number, length: number, eventId: number): void {
    const known = this.lengths[worker] ?? 0;
    if (known !== ENDED) {
      this.lengths[worker] = Math.max(known, length);
      this.lastEvents[worker] = Math.max(this.lastEvents[worker] ?? 0, eventId);
    }
  }
}
