import type { StorageOp } from "../contract.js";
import { codeOf, type Disk } from "./disk.js";
import { encodeHeader, type Header, type Kept } from "./header.js";
import { isLast } from "./load.js";
import { logName, openName, type SegmentId } from "./names.js";
import {
  encodeRecord,
  firstPlace,
  type Place,
  placeAfter,
  type RecordKind,
  type StoredRecord,
} from "./record.js";
import { Segment } from "./segment.js";

/** Records are gathered up to this many bytes before they are written; a long one is written from where it is. */
const GATHERED = 262_144;

/** What a new segment is the continuation of. */
export interface Lineage {
  readonly runtimeId: string;
  /** `null`: this is the first segment of a new store. */
  readonly life: string | null;
  readonly number: number;
  readonly previous: readonly Kept[];
  readonly follows: SegmentId | null;
}

/** A segment that is being written, and is no part of the log before it is published. */
export class Draft {
  readonly #disk: Disk;
  readonly #file: number;
  readonly #lineage: Lineage;
  readonly id: SegmentId;
  readonly records: StoredRecord[] = [];
  #place: Place;
  #written: number;
  #gathered: Uint8Array[] = [];
  #gatheredLength = 0;

  private constructor(disk: Disk, file: number, lineage: Lineage, token: string) {
    this.#disk = disk;
    this.#file = file;
    this.#lineage = lineage;
    this.id = { number: lineage.number, token };
    // The lengths in it are not known yet, but have their room.
    this.#place = firstPlace(token, encodeHeader(this.#header(0, 0)).length);
    this.#written = this.#place.offset;
  }

  /** Makes the file, under a name that no other draft has. */
  static async begin(disk: Disk, directory: string, lineage: Lineage): Promise<Draft> {
    const token = disk.token();
    const file = await disk.open(`${directory}/${openName({ number: lineage.number, token })}`, "create");
    return new Draft(disk, file, lineage, token);
  }

  async append(kind: RecordKind, head: string, ops: readonly StorageOp[]): Promise<void> {
    // Everything here is on the medium before any of it counts.
    const { bytes, record } = encodeRecord(this.id.token, this.#place, { kind, settled: 0, head, ops });
    this.records.push(record);
    this.#place = placeAfter(record);
    this.#gathered.push(bytes);
    this.#gatheredLength += bytes.length;
    if (this.#gatheredLength >= GATHERED) {
      await this.#write();
    }
  }

  /** Brings what has been appended so far to the medium, so that less remains for the end. */
  async sync(): Promise<void> {
    await this.#write();
    await this.#disk.sync(this.#file);
  }

  /** Completes the file; `accepted` is how much of the segment before it counts. */
  async finish(directory: string, accepted: number): Promise<Segment> {
    const header = this.#header(this.#place.offset, accepted);
    const bytes = encodeHeader(header);
    await this.#write();
    await this.#disk.write(this.#file, bytes, 0);
    await this.#disk.sync(this.#file);
    const status = await this.#disk.statusOpen(this.#file);
    const path = `${directory}/${logName(header.number, header.life)}`;
    return new Segment(this.#disk, this.#file, path, header, bytes.length, status);
  }

  /** Gives up: the file is removed. What fails here leaves a file that the next owner removes. */
  async discard(directory: string): Promise<void> {
    try {
      await this.#disk.close(this.#file);
      await this.#disk.unlink(`${directory}/${openName(this.id)}`);
    } catch {
      // Nothing rests on it.
    }
  }

  #header(published: number, accepted: number): Header {
    const { runtimeId, previous, follows } = this.#lineage;
    return {
      runtimeId,
      life: this.#lineage.life ?? this.id.token,
      ...this.id,
      published,
      previous,
      follows: follows && { ...follows, length: accepted },
    };
  }

  async #write(): Promise<void> {
    const bytes =
      this.#gathered.length === 1 ? (this.#gathered[0] as Uint8Array) : Buffer.concat(this.#gathered);
    this.#gathered = [];
    this.#gatheredLength = 0;
    if (bytes.length > 0) {
      await this.#disk.write(this.#file, bytes, this.#written);
      this.#written += bytes.length;
    }
  }
}

/**
 * Makes a finished draft the segment that comes after `last`: one step, and only one such draft can take it.
 * Answers whether it was this one. Not durable before the directory is synced.
 */
export async function publish(disk: Disk, directory: string, id: SegmentId, last: Segment): Promise<boolean> {
  // Asked after the draft's file was made: whoever may remove the names of numbers up to this one removes drafts
  // first, so that the link below fails where this answer is no longer true.
  if (!(await isLast(disk, directory, last))) {
    return false;
  }
  const name = logName(id.number, last.header.life);
  return unlessTaken(() => disk.link(`${directory}/${openName(id)}`, `${directory}/${name}`));
}

/** Does what fails where somebody else was faster; answers whether it succeeded. */
export async function unlessTaken(step: () => void | Promise<void>): Promise<boolean> {
  try {
    await step();
    return true;
  } catch (error) {
    if (["EEXIST", "ENOENT", "ENOTEMPTY"].includes(codeOf(error) ?? "")) {
      return false;
    }
    throw error;
  }
}
