import type { Place } from "./place.js";

/** How far a store had come: which creation, and how many commits. */
export interface Trace {
  readonly birth: string;
  readonly count: number;
}

/**
 * A note in local storage of how far a store had come: browsers clear or lose IndexedDB without it at times. It is
 * only ever a hint that something is missing, is absent in a worker, and every failure to keep it is passed over.
 */
export class Witness {
  readonly #place: Place;
  readonly #name: string;
  /** Looked up when it is first needed, once: browsers take long over that. `null` where there is none. */
  #found: Storage | null | undefined;

  constructor(place: Place, runtimeId: string) {
    this.#place = place;
    this.#name = place.nameOf(runtimeId);
  }

  /** Whether there is a place for it here. */
  get possible(): boolean {
    return this.#storage() !== null;
  }

  read(): Trace | undefined {
    try {
      const { birth, count } = JSON.parse(this.#storage()?.getItem(this.#name) ?? "") as Trace;
      return { birth, count };
    } catch {
      return undefined;
    }
  }

  write({ birth, count }: Trace): void {
    try {
      this.#storage()?.setItem(this.#name, JSON.stringify({ birth, count }));
    } catch {
      // Local storage is full. An older note stays true.
    }
  }

  remove(): void {
    try {
      this.#storage()?.removeItem(this.#name);
    } catch {
      // Nothing can be there where nothing can be removed.
    }
  }

  #storage(): Storage | null {
    if (this.#found === undefined) {
      try {
        this.#found = (this.#place.native() && globalThis.localStorage) || null;
      } catch {
        this.#found = null;
      }
    }
    return this.#found;
  }
}
