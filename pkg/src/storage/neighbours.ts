import { Holders } from "./holders.js";

const known = new WeakMap<object, Map<string, Neighbours>>();

/** The handles of this process over one medium: who holds a store to write, and who is told that one has moved. */
export class Neighbours {
  readonly holders = new Holders();
  readonly #listeners = new Map<string, Set<() => void>>();

  /** Those over `medium`; `scope` names the part of it that is a storage's own. */
  static over(medium: object, scope = ""): Neighbours {
    const scopes = known.get(medium) ?? new Map<string, Neighbours>();
    known.set(medium, scopes);
    const neighbours = scopes.get(scope) ?? new Neighbours();
    scopes.set(scope, neighbours);
    return neighbours;
  }

  /** Has `heard` called whenever a neighbour has moved the store; gives what ends that. */
  join(runtimeId: string, heard: () => void): () => void {
    const listeners = this.#listeners.get(runtimeId) ?? new Set();
    this.#listeners.set(runtimeId, listeners);
    listeners.add(heard);
    return () => {
      listeners.delete(heard);
      if (listeners.size === 0 && this.#listeners.get(runtimeId) === listeners) {
        this.#listeners.delete(runtimeId);
      }
    };
  }

  /** Tells everybody but the one who speaks. */
  tell(runtimeId: string, speaker?: () => void): void {
    for (const heard of this.#listeners.get(runtimeId) ?? []) {
      if (heard !== speaker) {
        heard();
      }
    }
  }
}
