import type { RuntimeEvent, TranscriptEntry, TranscriptRole } from "../api/observation.js";
import type { Outbox } from "./outbox.js";
import type { WorkerIds } from "./refs.js";
import type { Vocabulary } from "./vocabulary.js";

/** A page of one transcript. */
export interface EntryPage {
  readonly totalItems: number;
  /** Absent where nothing follows. */
  readonly nextStart: number | undefined;
  readonly items: TranscriptEntry[];
}

export function decodeEntries(
  out: Outbox,
  worker: number,
  ids: WorkerIds,
  roles: readonly TranscriptRole[],
): EntryPage {
  const totalItems = out.number();
  const nextStart = out.number();
  const count = out.number();
  const items: TranscriptEntry[] = [];
  for (let i = 0; i < count; i++) {
    items.push({
      sequence: out.number(),
      workerRef: ids.ref(worker),
      role: roles[out.number()] as TranscriptRole,
      content: out.string(),
      eventId: out.number(),
      recordedAt: out.number(),
    });
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
    this.nextEventId = out.number();
    this.hasMore = out.number() === 1;
    this.count = out.number();
    this.out = out;
    this.ids = ids;
    this.vocabulary = vocabulary;
  }

  /** The whole page. */
  events(): RuntimeEvent[] {
    const reader = this.reader();
    const events: RuntimeEvent[] = [];
    for (let i = 0; i < this.count; i++) {
      events.push(reader.next());
    }
    return events;
  }

  /** Reads the page from its beginning, beside whoever else reads it. */
  reader(): EventReader {
    return new EventReader(this.out.fork(), this.count, this.ids, this.vocabulary);
  }
}

/** One reader's place in a page of the event log. */
export class EventReader {
  remaining: number;
  private readonly out: Outbox;
  private readonly ids: WorkerIds;
  private readonly vocabulary: Vocabulary;

  constructor(out: Outbox, count: number, ids: WorkerIds, vocabulary: Vocabulary) {
    this.out = out;
    this.remaining = count;
    this.ids = ids;
    this.vocabulary = vocabulary;
  }

  /** The next event; only while some remain. */
  next(): RuntimeEvent {
    this.remaining -= 1;
    const { out, vocabulary } = this;
    const id = out.number();
    const code = out.number();
    const length = out.number();
    const message = length < 0 ? (vocabulary.eventMessages[code] as string) : out.cut(length);
    const worker = out.number();
    const recordedAt = out.number();
    const kind = vocabulary.eventKinds[code] as RuntimeEvent["kind"];
    return worker === 0
      ? { id, kind, message, recordedAt }
      : { id, kind, message, workerRef: this.ids.ref(worker), recordedAt };
  }
}
