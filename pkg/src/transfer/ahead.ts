import type { TranscriptEntry } from "../api/observation.js";
import type { EntryPage } from "../core/pages.js";

/** Entries are read ahead of their lines until so many UTF-16 code units wait, and one page beyond. */
const MOST_UNITS = 16 * 1024 * 1024;
/** A page has about so many code units at the most, which is more than a record of a store holds, and so many entries. */
const PAGE_UNITS = 1024 * 1024;
const PAGE_ENTRIES = 1024;

/** How long an entry is taken to be before any was read. */
const SUPPOSED_UNITS = 1024;

/** Reads `limit` entries of a Worker's transcript, or fewer where they are long; others may have their turn before. */
export type ReadEntries = (worker: number, start: number, limit: number) => Promise<EntryPage>;

/** A Worker whose transcript has entries behind events. */
interface Speaker {
  readonly worker: number;
  /** Its place among those who speak in the window. */
  place: number;
  /** How many entries were read so far. */
  read: number;
  /** How many more the window has. */
  wanted: number;
  /** Those that were read and not yet taken, the next one last. */
  waiting: TranscriptEntry[];
  /** Code units of the page that they are from, whose text stays in memory as long as one of them does. */
  units: number;
}

/**
 * Reads the entries behind events. Events are in the order in which everybody spoke, a store has every Worker's entries
 * together: so that a record is not read anew for each of them, the events of a window are told in advance, and what
 * they need is read Worker by Worker. Where that is more than may wait, each Worker has its share of the room.
 */
export class ReadAhead {
  private readonly readEntries: ReadEntries;
  private readonly speakers = new Map<number, Speaker>();
  /** Those who speak in the window, as stores have them: neighbours often are in the same record. */
  private order: Speaker[] = [];
  /** Entries of the window that were not read so far. */
  private unread = 0;
  /** Code units that wait. */
  private units = 0;
  /** All that was read, to know how long entries are. */
  private readonly seen = { entries: 1, units: SUPPOSED_UNITS };

  constructor(readEntries: ReadEntries) {
    this.readEntries = readEntries;
  }

  /** Tells whose entries are behind the next events, in whatever order, once those of the window before are taken. */
  expect(workers: Iterable<number>): void {
    this.order = [];
    for (const worker of workers) {
      const speaker = this.speaker(worker);
      if (speaker.wanted === 0) {
        this.order.push(speaker);
      }
      speaker.wanted += 1;
      this.unread += 1;
    }
    this.order.sort((a, b) => a.worker - b.worker);
    for (const [place, speaker] of this.order.entries()) {
      speaker.place = place;
    }
  }

  /** The next entry of a Worker's transcript; `undefined` where it has none, which no event speaks of. */
  next(worker: number): TranscriptEntry | undefined | Promise<TranscriptEntry | undefined> {
    const speaker = this.speaker(worker);
    return speaker.waiting.length > 0 ? this.take(speaker) : this.readFrom(speaker);
  }

  private speaker(worker: number): Speaker {
    let speaker = this.speakers.get(worker);
    if (speaker === undefined) {
      speaker = { worker, place: 0, read: 0, wanted: 0, waiting: [], units: 0 };
      this.speakers.set(worker, speaker);
    }
    return speaker;
  }

  private take(speaker: Speaker): TranscriptEntry | undefined {
    const entry = speaker.waiting.pop();
    if (speaker.waiting.length === 0) {
      this.units -= speaker.units;
      speaker.units = 0;
    }
    return entry;
  }

  /** Reads what `first` waits for, and goes on with those behind it who have nothing either, while there is room. */
  private async readFrom(first: Speaker): Promise<TranscriptEntry | undefined> {
    await this.read(first, Math.max(1, this.shareOf(first)));
    for (let { place } = first; ; ) {
      place += 1;
      const speaker = this.order[place];
      const share = speaker === undefined || speaker.waiting.length > 0 ? 0 : this.shareOf(speaker);
      if (share === 0) {
        return this.take(first);
      }
      await this.read(speaker as Speaker, share);
    }
  }

  /** How many entries a Worker may have read: all that it wants while everybody can have that, one page at the most. */
  private shareOf({ wanted }: Speaker): number {
    const length = this.seen.units / this.seen.entries;
    const room = Math.max(0, MOST_UNITS - this.units);
    const need = this.unread * length;
    const share = need <= room ? wanted : Math.floor((wanted * room) / need);
    return Math.min(share, PAGE_ENTRIES, Math.max(1, Math.floor(PAGE_UNITS / length)));
  }

  private async read(speaker: Speaker, limit: number): Promise<void> {
    const { items } = await this.readEntries(speaker.worker, speaker.read, limit);
    for (const { content } of items) {
      speaker.units += content.length;
    }
    this.units += speaker.units;
    this.seen.units += speaker.units;
    this.seen.entries += items.length;
    speaker.read += items.length;
    speaker.wanted -= items.length;
    this.unread -= items.length;
    speaker.waiting = items.reverse();
  }
}
