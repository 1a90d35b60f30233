import type { OwnedCommit } from "../checks.js";
import { type Disk, type Eventually, unlessMissing } from "./disk.js";
import { refusalOf } from "./errors.js";
import { cleanName, doneName, openName } from "./names.js";
import { Pace } from "./pace.js";
import { encodeRecord, type Place, placeAfter, type StoredRecord } from "./record.js";
import type { Segment } from "./segment.js";

/** Room is made in advance, so that most commits do not have to change the length of the file. */
const LEAST_ROOM = 32_768;
const MOST_ROOM = 524_288;
const PAGE = 4_096;
/** What room is made of, so much at once that no other thread has to be asked. */
const ZEROS = Buffer.alloc(65_536);

/** A commit that may have been applied, or may still be by whoever takes the log over. */
export class Undecided extends Error {
  override readonly name = "Undecided";
}

/** Appends to the one segment that only this handle writes. */
export class Owner {
  readonly #disk: Disk;
  readonly #directory: string;
  readonly segment: Segment;
  readonly #name: string;
  readonly #pace = new Pace();
  #allocated: number;
  #makesRoom = true;

  constructor(disk: Disk, directory: string, segment: Segment) {
    this.#disk = disk;
    this.#directory = directory;
    this.segment = segment;
    this.#name = `${directory}/${openName(segment.header)}`;
    this.#allocated = segment.header.published;
  }

  /** Whether nobody has announced to take over. What was written before a `true` counts, whatever comes. */
  isStill(): Eventually<boolean> {
    return this.#disk.exists(this.#name);
  }

  /**
   * Writes commits behind each other and brings them to the medium, all with one sync. Whether they count is for
   * `isStill` to say. Rejects with `StorageRejected` where nothing of them is in the file, with `Undecided`
   * otherwise; the file is then not to be written again.
   */
  append(place: Place, commits: readonly OwnedCommit[]): Eventually<StoredRecord[]> {
    const { token } = this.segment.header;
    const records: StoredRecord[] = [];
    const parts: Uint8Array[] = [];
    let next = place;
    for (let at = 0; at < commits.length; at += 1) {
      const { to, ops } = commits[at] as OwnedCommit;
      const content = { kind: "commit", settled: place.offset, head: to, ops } as const;
      const { bytes, record } = encodeRecord(token, next, content);
      parts.push(bytes);
      records.push(record);
      next = placeAfter(record);
    }
    const bytes = parts.length === 1 ? (parts[0] as Uint8Array) : Buffer.concat(parts);
    const kept =
      next.offset > this.#allocated && this.#makesRoom
        ? this.#makeRoom(next.offset).then(() => this.#keep(place, bytes))
        : this.#keep(place, bytes);
    return kept instanceof Promise ? kept.then(() => records) : records;
  }

  #keep(place: Place, bytes: Uint8Array): Eventually<void> {
    const { file } = this.segment;
    let written: Eventually<void>;
    try {
      written = this.#disk.write(file, bytes, place.offset);
    } catch (error) {
      return this.#takeBack(place, error);
    }
    return written instanceof Promise
      ? written.then(this.#sync, (error) => this.#takeBack(place, error))
      : this.#sync();
  }

  readonly #sync = (): Eventually<void> => {
    let synced: Eventually<void>;
    try {
      synced = this.#pace.keep(this.#flush);
    } catch (error) {
      return this.#giveUp(error);
    }
    return synced instanceof Promise ? synced.catch((error) => this.#giveUp(error)) : undefined;
  };

  readonly #flush = (atOnce: boolean): Eventually<void> => this.#disk.sync(this.segment.file, atOnce);

  /** Lets go of the file for good: from now on its length is part of its name. */
  async retire(end: Place): Promise<void> {
    await this.#disk.truncate(this.segment.file, end.offset);
    await this.#disk.sync(this.segment.file);
    const { header } = this.segment;
    const from = `${this.#directory}/${openName(header)}`;
    if (
      await unlessMissing(() =>
        this.#disk.rename(from, `${this.#directory}/${cleanName(header, end.offset)}`),
      )
    ) {
      await this.#disk.syncDirectory(this.#directory);
    }
  }

  /**
   * What the medium has of the file is unknown from here on, and asking again would not tell: the segment is left to whoever takes
   * over, who copies its end. Where not even leaving it works, nothing rests on that.
   */
  async #giveUp(cause: unknown): Promise<never> {
    try {
      await this.#disk.rename(this.#name, `${this.#directory}/${doneName(this.segment.header)}`);
    } catch {
      // It is copied all the same.
    }
    throw new Undecided("the log could not be brought to the medium", { cause });
  }

  async #makeRoom(end: number): Promise<void> {
    const room = Math.min(MOST_ROOM, Math.max(LEAST_ROOM, end / 2));
    const target = Math.ceil((end + room) / PAGE) * PAGE;
    try {
      for (let at = this.#allocated; at < target; at += ZEROS.length) {
        const written = this.#disk.write(this.segment.file, ZEROS.subarray(0, target - at), at);
        if (written instanceof Promise) {
          await written;
        }
      }
      this.#allocated = target;
    } catch {
      // There may still be room for the commit alone; if there is not, writing it says so.
      this.#makesRoom = false;
    }
  }

  async #takeBack(place: Place, error: unknown): Promise<never> {
    const refusal = refusalOf(error);
    if (refusal !== undefined) {
      try {
        await this.#disk.truncate(this.segment.file, place.offset);
        await this.#disk.sync(this.segment.file);
        this.#allocated = place.offset;
      } catch (failure) {
        throw new Undecided("a commit without room could not be taken back", { cause: failure });
      }
      throw refusal;
    }
    throw new Undecided("the log could not be written", { cause: error });
  }
}
