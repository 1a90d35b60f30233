import { SortedIndex } from "../sorted-index.js";
import { firstPlace, type Place, placeAfter, type StoredOp, type StoredRecord } from "./record.js";
import type { Segment } from "./segment.js";
import type { Location } from "./values.js";

/** What an entry takes in a file besides its key and value. */
const ENTRY_OVERHEAD = 9;
/** Above every key: they have characters up to "~". */
const AFTER_KEYS = "\x7f";

/** What the log says, as far as it has been read: the head, and where each value stands. */
export class View {
  readonly index = new SortedIndex<Location>();
  /** The files that count, oldest first; the last is the one that is, or was, appended to. */
  #segments: Segment[];
  /** How much of each but the last counts. */
  #lengths: number[];
  head = "";
  /** Where the last segment goes on. */
  place: Place;
  /** What stands before it was on the medium before the records in `unsettled` were written. */
  settled: Place;
  unsettled: StoredRecord[] = [];
  #live = 0;

  constructor(segments: readonly Segment[]) {
    this.#segments = [...segments];
    const { previous, token } = this.current.header;
    this.#lengths = previous.map(({ length }) => length);
    this.place = firstPlace(token, this.current.headerLength);
    this.settled = this.place;
  }

  get segments(): readonly Segment[] {
    return this.#segments;
  }

  get current(): Segment {
    return this.#segments.at(-1) as Segment;
  }

  /** How much of a segment counts. */
  lengthOf(at: number): number {
    return this.#lengths[at] ?? this.place.offset;
  }

  /** Bytes in files that say nothing any more, and bytes that do. */
  get garbage(): number {
    let written = this.place.offset;
    for (const length of this.#lengths) {
      written += length;
    }
    return written - this.#live;
  }

  get live(): number {
    return this.#live;
  }

  /** Where the value of every key stands now. */
  all(): Map<string, Location> {
    return new Map(this.index.range("", AFTER_KEYS, Number.POSITIVE_INFINITY));
  }

  /** Takes in records of any segment, in the order in which they were written. */
  applyOps(segment: Segment, record: StoredRecord): void {
    const { ops } = record;
    for (let at = 0; at < ops.length; at += 1) {
      const { key, value } = ops[at] as StoredOp;
      let before: Location | undefined;
      if (value === null) {
        before = this.index.delete(key);
      } else {
        const { offset, length, crc } = value;
        before = this.index.set(key, { segment, offset, length, crc });
        this.#live += key.length + length + ENTRY_OVERHEAD;
      }
      if (before !== undefined) {
        this.#live -= key.length + before.length + ENTRY_OVERHEAD;
      }
    }
    this.head = record.head;
  }

  /** Takes in records of the last segment. */
  append(records: readonly StoredRecord[]): void {
    const { published } = this.current.header;
    for (let at = 0; at < records.length; at += 1) {
      const record = records[at] as StoredRecord;
      this.applyOps(this.current, record);
      const before = this.place;
      this.place = placeAfter(record);
      if (record.end <= published) {
        this.settled = this.place;
      } else if (record.settled === record.offset) {
        this.settled = before;
        this.unsettled = [record];
      } else {
        this.unsettled.push(record);
      }
    }
  }

  /** Says that all of the last segment is on the medium. */
  settle(): void {
    this.settled = this.place;
    this.unsettled = [];
  }

  /**
   * Puts a new last segment in place of those from `from` on, whose every key it says again.
   * The files that no longer count are released.
   */
  async succeed(segment: Segment, records: readonly StoredRecord[], from: number): Promise<void> {
    const dropped = this.#segments.slice(from);
    this.#segments = [...this.#segments.slice(0, from), segment];
    this.#lengths = segment.header.previous.map(({ length }) => length);
    this.place = firstPlace(segment.header.token, segment.headerLength);
    this.settled = this.place;
    this.unsettled = [];
    this.append(records);
    for (const old of dropped) {
      await old.release();
    }
  }

  async release(): Promise<void> {
    const held = this.#segments;
    this.#segments = [];
    for (const segment of held) {
      await segment.release();
    }
  }
}
