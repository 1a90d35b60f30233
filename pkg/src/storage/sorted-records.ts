/** Half of it is what a split leaves in each chunk. */
const CHUNK_LENGTH = 512;

interface Chunk {
  readonly keys: string[];
  readonly values: Uint8Array[];
}

/**
 * Records in ascending key order: a sorted list cut into chunks, so that one record more or less moves at most one
 * chunk's records, and a range is found by two binary searches.
 */
export class SortedRecords {
  readonly #chunks: Chunk[] = [];

  set(key: string, value: Uint8Array): void {
    const last = this.#chunks.length - 1;
    const at = Math.min(this.#chunkOf(key), last);
    const chunk = this.#chunks[at];
    if (chunk === undefined) {
      this.#chunks.push({ keys: [key], values: [value] });
      return;
    }
    const index = lowerBound(chunk.keys, key);
    if (chunk.keys[index] === key) {
      chunk.values[index] = value;
      return;
    }
    chunk.keys.splice(index, 0, key);
    chunk.values.splice(index, 0, value);
    if (chunk.keys.length > CHUNK_LENGTH) {
      // A list that grows at its end keeps its chunks full.
      const cut = at === last && index === CHUNK_LENGTH ? CHUNK_LENGTH : CHUNK_LENGTH / 2;
      this.#chunks.splice(at + 1, 0, { keys: chunk.keys.splice(cut), values: chunk.values.splice(cut) });
    }
  }

  delete(key: string): void {
    const at = this.#chunkOf(key);
    const chunk = this.#chunks[at];
    if (chunk === undefined) {
      return;
    }
    const index = lowerBound(chunk.keys, key);
    if (chunk.keys[index] !== key) {
      return;
    }
    chunk.keys.splice(index, 1);
    chunk.values.splice(index, 1);
    if (chunk.keys.length === 0) {
      this.#chunks.splice(at, 1);
    }
  }

  /** The records with `gte <= key < lt`, at most `limit`, their values copied. */
  copyRange(gte: string, lt: string, limit: number): Array<[key: string, value: Uint8Array]> {
    const found: Array<[string, Uint8Array]> = [];
    let at = this.#chunkOf(gte);
    let index = lowerBound(this.#chunks[at]?.keys ?? [], gte);
    for (; at < this.#chunks.length; at += 1, index = 0) {
      const { keys, values } = this.#chunks[at] as Chunk;
      for (; index < keys.length; index += 1) {
        const key = keys[index] as string;
        if (!(key < lt) || found.length >= limit) {
          return found;
        }
        found.push([key, (values[index] as Uint8Array).slice()]);
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
      if (((this.#chunks[middle] as Chunk).keys.at(-1) as string) < key) {
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
