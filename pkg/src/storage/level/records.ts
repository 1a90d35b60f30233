import type { Records } from "../backend.js";
import type { OwnedCommit, OwnedRange } from "../checks.js";
import type { LevelOperation } from "./database.js";
import { type Medium, type Place, placeOf } from "./place.js";

/** One store in a database. */
export class LevelRecords implements Records {
  readonly #medium: Medium;
  readonly #place: Place;

  constructor(medium: Medium, runtimeId: string) {
    this.#medium = medium;
    this.#place = placeOf(runtimeId);
  }

  async head(): Promise<string | null> {
    const bytes = await this.#medium.value(this.#place.head);
    return bytes === undefined ? null : new TextDecoder().decode(bytes);
  }

  read({ gte, lt, limit }: OwnedRange): Promise<Array<[key: string, value: Uint8Array]>> {
    return this.#medium.range(this.#place, gte, lt, limit);
  }

  commit(commit: OwnedCommit, creations: Set<string>): Promise<string | null> {
    return this.#medium.alone(this.#place, () => this.#offer(commit, creations));
  }

  async #offer({ from, to, ops }: OwnedCommit, creations: Set<string>): Promise<string | null> {
    const head = await this.head();
    // After a write that failed, that this very commit shows does not say that it is kept.
    this.#medium.assertSound();
    if (head !== from || (from === null && creations.has(to))) {
      return head;
    }
    const operations = ops.map(([key, value]): LevelOperation => {
      const at = this.#place.records + key;
      return value === null ? { type: "del", key: at } : { type: "put", key: at, value };
    });
    operations.push({ type: "put", key: this.#place.head, value: new TextEncoder().encode(to) });
    if (from === null) {
      creations.add(to);
    }
    await this.#medium.write(operations);
    return to;
  }
}
