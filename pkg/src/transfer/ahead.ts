import type { TranscriptEntry, TranscriptRole } from "../api/observation.js";
import type { EntryPage } from "../core/pages.js";
import type { ExportedEntry } from "./format.js";

/** Entries are read ahead of their lines until they take so much, in UTF-16 code units, and one page beyond … */
const MOST_UNITS = 16 * 1024 * 1024;
/** … and so much more for each Worker: the more there are, the less of each one's record is of use before it is read anew. */
const WORKER_UNITS = 2 * 1024;
/** … up to so many Workers. */
const MOST_WORKERS = 24 * 1024;
/** What an entry takes beside its content, about. */
const ENTRY_UNITS = 64;
/** A page takes about so much at the most, which is more than a record of a store holds, and has so many entries. */
const PAGE_UNITS = 1024 * 1024;
const PAGE_ENTRIES = 1024;

/** How much an entry is thought to take before any was read, and how many are read first to know better. */
const SUPPOSED_UNITS = 320;
const SAMPLE_ENTRIES = 16;

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
  /** Content and role of those that were read and not yet taken, the next one last: objects would take much more. */
  waiting: string[];
  /** What the page takes that they are from, whose text stays in memory as long as one of them does. */
  units: number;
}

/**
 * Reads the entries behind events. Events are in the order in which everybody spoke, a store has every Worker's entries
 * together: so that a record is not read anew for each of them, the events of a window are told in advance, and what
 * they need is read Worker by Worker. Where that is more than was thought, each Worker has its share of the room.
 */
export class ReadAhead {
  private readonly readEntries: ReadEntries;
  private readonly most: number;
  private readonly speakers = new Map<number, Speaker>();
  /** Those who speak in the window, as stores have them: neighbours often are in the same record. */
  private order: Speaker[] = [];
  /** Every other window is read from its end, where the cache still has what the one before read last. */
  private direction = -1;
  /** Entries of the window that were not read so far. */
  private unread = 0;
  /** What waits, in code units. */
  private units = 0;
  /** All that was read, to know how much an entry takes. */
  private readonly seen = { entries: 1, units: SUPPOSED_UNITS };

  constructor(workers: number, readEntries: ReadEntries) {
    this.most = MOST_UNITS + Math.min(workers, MOST_WORKERS) * WORKER_UNITS;
    this.readEntries = readEntries;
  }

  /** How many entries there is room for while none waits, with some to spare: few that have none are read as slowly as all. */
  room(): number {
    return Math.floor((this.most * 15) / 16 / this.length());
  }

  /** How much an entry takes. */
  private length(): number {
    return this.seen.units / this.seen.entries;
  }

  /** Begins the next window, once the entries of the one before are taken. */
  begin(): void {
    this.order = [];
    this.direction = -this.direction;
  }

  /** Tells whose entry is behind one more event of the window. */
  want(worker: number): void {
    const speaker = this.speaker(worker);
    if (speaker.wanted === 0) {
      this.order.push(speaker);
    }
    speaker.wanted += 1;
    this.unread += 1;
  }

  /** Learns from the first entries of one who speaks in the window how much one takes, unless some were read. */
  async sample(): Promise<void> {
    const [speaker] = this.order;
    if (speaker !== undefined && this.seen.entries === 1) {
      this.see((await this.readEntries(speaker.worker, 0, SAMPLE_ENTRIES)).items);
    }
  }

  /** Reads what there is room for of the window, once all of it is known and before its first entry is taken. */
  async fill(): Promise<void> {
    this.order.sort((a, b) => (a.worker - b.worker) * this.direction);
    for (const [place, speaker] of this.order.entries()) {
      speaker.place = place;
    }
    await this.readFrom(0, 0);
  }

  /** The next entry of a Worker's transcript; `undefined` where it has none, which no event speaks of. */
  next(worker: number): ExportedEntry | undefined | Promise<ExportedEntry | undefined> {
    const speaker = this.speaker(worker);
    return speaker.waiting.length > 0
      ? this.take(speaker)
      : this.readFrom(speaker.place, 1).then(() => this.take(speaker));
  }

  private speaker(worker: number): Speaker {
    let speaker = this.speakers.get(worker);
    if (speaker === undefined) {
      speaker = { worker, place: 0, read: 0, wanted: 0, waiting: [], units: 0 };
      this.speakers.set(worker, speaker);
    }
    return speaker;
  }

  private take(speaker: Speaker): ExportedEntry | undefined {
    const { waiting, read } = speaker;
    const role = waiting.pop() as TranscriptRole | undefined;
    const content = waiting.pop();
    if (waiting.length === 0) {
      this.units -= speaker.units;
      speaker.units = 0;
    }
    return role && { sequence: read - waiting.length / 2, role, content: content as string };
  }

  /**
   * Reads for the Worker at this place, `least` entries or more, and goes on with those behind it who have nothing either,
   * while there is room.
   */
  private async readFrom(first: number, least: number): Promise<void> {
    for (let place = first, share = least; ; place += 1, share = 0) {
      const speaker = this.order[place];
      if (speaker?.waiting.length === 0) {
        share = Math.max(share, this.shareOf(speaker));
      }
      if (share === 0) {
        return;
      }
      await this.read(speaker as Speaker, share);
    }
  }

  /** How many entries a Worker may have read: all that it wants while everybody can have that, one page at the most. */
  private shareOf({ wanted }: Speaker): number {
    const length = this.length();
    const room = Math.max(1, this.most - this.units);
    return Math.floor(
      Math.min(
        wanted * Math.min(1, room / (this.unread * length)),
        PAGE_ENTRIES,
        Math.max(1, PAGE_UNITS / length),
      ),
    );
  }

  private async read(speaker: Speaker, limit: number): Promise<void> {
    const { items } = await this.readEntries(speaker.worker, speaker.read, limit);
    for (const { role, content } of items.reverse()) {
      speaker.waiting.push(content, role);
    }
    speaker.units = this.see(items);
    this.units += speaker.units;
    speaker.read += items.length;
    speaker.wanted -= items.length;
    this.unread -= items.length;
  }

  /** Notes how much entries take, and answers it. */
  private see(items: readonly TranscriptEntry[]): number {
    let units = 0;
    for (const { content } of items) {
      units += content.length + ENTRY_UNITS;
    }
    this.seen.units += units;
    this.seen.entries += items.length;
    return units;
  }
}
