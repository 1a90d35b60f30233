import { type Disk, unlessMissing } from "./disk.js";
import { StorageCorrupt } from "./errors.js";
import { isLast, load, type Standing, settle, standingOf } from "./load.js";
import { openName } from "./names.js";
import { FIXED_LENGTH, type StoredRecord } from "./record.js";
import { scanTail } from "./scan.js";
import type { View } from "./view.js";

/** Keeps a view of a store up to date with what others do to it. */
export class Follower {
  readonly #disk: Disk;
  readonly #directory: string;
  /** `null`: there is no store; `undefined`: not looked yet. */
  #view: View | null | undefined;
  #standing: Standing = "done";

  constructor(disk: Disk, directory: string) {
    this.#disk = disk;
    this.#directory = directory;
  }

  get view(): View | null | undefined {
    return this.#view;
  }

  /** Who may append, at the last look. */
  get standing(): Standing {
    return this.#standing;
  }

  /** What the log says now. With `done` as its standing, records at its end may yet turn out not to count. */
  async look(): Promise<View | null> {
    if (this.#view && (await this.#goOn(this.#view))) {
      return this.#view;
    }
    await this.forget();
    const loaded = await load(this.#disk, this.#directory);
    this.#view = loaded === null ? null : loaded.view;
    this.#standing = loaded?.standing ?? "done";
    return this.#view;
  }

  /** Takes what the handle itself has made of the store. */
  adopt(view: View): void {
    this.#view = view;
    this.#standing = "open";
  }

  async forget(): Promise<void> {
    const view = this.#view;
    this.#view = undefined;
    await view?.release();
  }

  /** Whether the store may be another than at the last look; cheap, and nothing is changed by it. */
  async hasMoved(): Promise<boolean> {
    const view = this.#view;
    if (view === undefined) {
      return false;
    }
    if (view === null) {
      return this.#disk.exists(this.#directory);
    }
    const { current, place } = view;
    if (
      this.#standing === "open" &&
      !(await this.#disk.exists(`${this.#directory}/${openName(current.header)}`))
    ) {
      return true;
    }
    if (!(await isLast(this.#disk, this.#directory, current))) {
      return true;
    }
    const bytes = Buffer.alloc(FIXED_LENGTH);
    await this.#disk.read(current.file, bytes, place.offset);
    return bytes.some((byte) => byte !== 0);
  }

  /** Reads what has been appended since the last look; `false` where that is not enough. */
  async #goOn(view: View): Promise<boolean> {
    const { current } = view;
    if (this.#standing === "clean") {
      return isLast(this.#disk, this.#directory, current);
    }
    let records: StoredRecord[];
    try {
      ({ records } = await scanTail(this.#disk, current, view.place, true));
    } catch (error) {
      if (error instanceof StorageCorrupt) {
        return false;
      }
      throw error;
    }
    // Only now: what was read before it was written early enough to count.
    const standing = await standingOf(this.#disk, this.#directory, current.header);
    if (standing === undefined || !(await isLast(this.#disk, this.#directory, current))) {
      return false;
    }
    this.#standing = standing;
    if (records.length > 0) {
      if (!(await unlessMissing(() => settle(this.#disk, this.#directory, view, standing)))) {
        return false;
      }
      view.append(records);
    }
    return true;
  }
}
