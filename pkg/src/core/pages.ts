import type { WorkerRef } from "../api/identity.js";
import type { RuntimeEvent, RuntimeEventKind, TranscriptEntry, TranscriptRole } from "../api/observation.js";
import type { Contents } from "./contents.js";
import type { Outbox } from "./outbox.js";
import type { WorkerIds } from "./refs.js";
import type { Vocabulary } from "./vocabulary.js";

const NUMBERS_PER_ENTRY = 4;
const NUMBERS_PER_EVENT = 4;

/**
 * What is read from an array of doubles is one, even where it is a small integer: in an object it would take a place
 * of its own in memory.
 */
export function integer(value: number): number {
  const small = value | 0;
  return small === value ? small : value;
}

/** A page of one transcript. */
export interface EntryPage {
  readonly totalItems: number;
  /** Absent where nothing follows. */
  readonly nextStart: number | undefined;
  readonly items: TranscriptEntry[];
}

/** The page that starts after `start` entries. Contents that are not in the answer are among `contents`. */
export function decodeEntries(
  out: Outbox,
  start: number,
  { runtimeId, workerId }: WorkerRef,
  roles: readonly TranscriptRole[],
  contents: Contents,
): EntryPage {
  const totalItems = integer(out.number());
  const nextStart = integer(out.number());
  const count = integer(out.number());
  const { numbers, text } = out;
  const items = new Array<TranscriptEntry>(count);
  let { at } = out;
  let textAt = 0;
  for (let i = 0; i < count; i++) {
    const length = (numbers[at + 1] as number) | 0;
    const eventId = integer(numbers[at + 2] as number);
    items[i] = {
      sequence: start + i + 1,
      workerRef: { runtimeId, workerId },
      role: roles[(numbers[at] as number) | 0] as TranscriptRole,
      content: length < 0 ? contents.get(eventId) : text.substring(textAt, textAt + length),
      eventId,
      recordedAt: numbers[at + 3] as number,
    };
    at += NUMBERS_PER_ENTRY;
    if (length > 0) {
      textAt += length;
    }
  }
  return { totalItems, nextStart: nextStart < 0 ? undefined : nextStart, items };
}

/** A page of the event log. Events are made fresh for whoever asks, one after another. */
export class EventPage {
  /** The next event's id after this page. */
  readonly nextEventId: number;
  readonly hasMore: boolean;
  readonly count: number;
  private readonly out: Outbox;
  private readonly ids: WorkerIds;
  private readonly vocabulary: Vocabulary;

  constructor(out: Outbox, ids: WorkerIds, vocabulary: Vocabulary) {
    this.nextEventId = integer(out.number());
    this.hasMore = out.number() === 1;
    this.count = integer(out.number());
    this.out = out;
    this.ids = ids;
    this.vocabulary = vocabulary;
  }

  /** The whole page. */
  events(): RuntimeEvent[] {
    const { count, ids } = this;
    const { eventKinds, eventMessages } = this.vocabulary;
    const { numbers, text } = this.out;
    // As a small integer in plain sight: JavaScriptCore makes a slow array for a length that it takes for a double.
    const events = new Array<RuntimeEvent>(count | 0);
    let { at } = this.out;
    let id = this.nextEventId - count;
    let textAt = 0;
    for (let i = 0; i < count; i++) {
      // As small integers: places in lists that are told by doubles are looked up more slowly.
      const code = (numbers[at] as number) | 0;
      const length = (numbers[at + 1] as number) | 0;
      const worker = (numbers[at + 2] as number) | 0;
      const recordedAt = numbers[at + 3] as number;
      const kind = eventKinds[code] as RuntimeEventKind;
      let message = eventMessages[code] as string;
      if (length >= 0) {
        message = text.substring(textAt, textAt + length);
        textAt += length;
      }
      events[i] =
        worker === 0
          ? { id, kind, message, recordedAt }
          : { id, kind, message, workerRef: ids.ref(worker), recordedAt };
      id += 1;
      at += NUMBERS_PER_EVENT;
    }
    return events;
  }

  /** Reads the page from its beginning, beside whoever else reads it. */
  reader(): EventReader {
    return new EventReader(this.out, this.nextEventId - this.count, this.count, this.ids, this.vocabulary);
  }
}

/** The event that stands at `at`; without a message of its own it has that of its kind. */
function decodeEvent(
  numbers: Float64Array,
  at: number,
  id: number,
  ownMessage: string | undefined,
  ids: WorkerIds,
  { eventKinds, eventMessages }: Vocabulary,
): RuntimeEvent {
  const code = numbers[at] as number;
  const worker = numbers[at + 2] as number;
  const recordedAt = numbers[at + 3] as number;
  const kind = eventKinds[code] as RuntimeEventKind;
  const message = ownMessage ?? (eventMessages[code] as string);
  return worker === 0
    ? { id, kind, message, recordedAt }
    : { id, kind, message, workerRef: ids.ref(worker), recordedAt };
}

/** One reader's place in a page of the event log. */
export class EventReader {
  remaining: number;
  private readonly numbers: Float64Array;
  private readonly text: string;
  private readonly ids: WorkerIds;
  private readonly vocabulary: Vocabulary;
  private id: number;
  private at: number;
  private textAt = 0;

  /** The first event of the page has the id `id`. */
  constructor(out: Outbox, id: number, count: number, ids: WorkerIds, vocabulary: Vocabulary) {
    this.numbers = out.numbers;
    this.text = out.text;
    this.at = out.at;
    this.id = id;
    this.remaining = count;
    this.ids = ids;
    this.vocabulary = vocabulary;
  }

  /** The next event; only while some remain. */
  next(): RuntimeEvent {
    const { numbers, at, id } = this;
    const length = numbers[at + 1] as number;
    this.at = at + NUMBERS_PER_EVENT;
    this.id = id + 1;
    this.remaining -= 1;
    const message = length < 0 ? undefined : this.cut(length);
    return decodeEvent(numbers, at, id, message, this.ids, this.vocabulary);
  }

  private cut(length: number): string {
    const { textAt } = this;
    this.textAt = textAt + length;
    return this.text.substring(textAt, textAt + length);
  }
}
