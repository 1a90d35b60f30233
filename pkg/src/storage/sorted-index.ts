/** Half of it is what a split leaves in each chunk. */
const CHUNK_LENGTH = 512;

interface Chunk<V> {
  readonly keys: string[];
  readonly values: V[];
}

/** A map in ascending order of its keys: a sorted list cut into chunks, so that a change moves at most one chunk. */
export class SortedIndex<V> {
  readonly #chunks: Chunk<V>[] = [];

  /** Gives what stood there before. */
  set(key: string, value: V): V | undefined {
    const last = this.#chunks.length - 1;
    const at = Math.min(this.#chunkOf(key), last);
    const chunk = this.#chunks[at];
    if (chunk === undefined) {
      this.#chunks.push({ keys: [key], values: [value] });
      return undefined;
    }
    const index = lowerBound(chunk.keys, key);
    if (chunk.keys[index] === key) {
      const before = chunk.values[index];
      chunk.values[index] = value;
      return before;
    }
    chunk.keys.splice(index, 0, key);
    chunk.values.splice(index, 0, value);
    if (chunk.keys.length > CHUNK_LENGTH) {
      // A list that grows at its end keeps its chunks full.
      const cut = at === last && index === CHUNK_LENGTH ? CHUNK_LENGTH : CHUNK_LENGTH / 2;
      this.#chunks.splice(at + 1, 0, { keys: chunk.keys.splice(cut), values: chunk.values.splice(cut) });
    }
    return undefined;
  }

  /** Gives what stood there. */
  delete(key: string): V | undefined {
    const at = this.#chunkOf(key);
    const chunk = this.#chunks[at];
    const index = chunk === undefined ? -1 : lowerBound(chunk.keys, key);
    if (chunk === undefined || chunk.keys[index] !== key) {
      return undefined;
    }
    chunk.keys.splice(index, 1);
    const [before] = chunk.values.splice(index, 1);
    if (chunk.keys.length === 0) {
      this.#chunks.splice(at, 1);
    }
    return before;
  }

  /** What has `gte <= key < lt`, at most `limit`. */
  range(gte: string, lt: string, limit: number): Array<[key: string, value: V]> {
    const found: Array<[string, V]> = [];
    let at = this.#chunkOf(gte);
    let index = lowerBound(this.#chunks[at]?.keys ?? [], gte);
    for (; at < this.#chunks.length; at += 1, index = 0) {
      const { keys, values } = this.#chunks[at] as Chunk<V>;
      for (; index < keys.length; index += 1) {
        const key = keys[index] as string;
        if (!(key < lt) || found.length >= limit) {
          return found;
        }
        found.push([key, values[index] as V]);
      }
    }
    return found;
  }

  /** The first chunk whose last key is not below `key`; one past the end where there is none. */
  #chunkOf(key: string): number {
    let low = 0;
    let high = this.#chunks.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (((this.#chunks[middle] as Chunk<V>).keys.at(-1) as string) < key) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }
}

/** The index of the first of the ascending `keys` that is not below `key`. */
function lowerBound(keys: readonly string[], key: string): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((keys[middle] as string) < key) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}
