/** What the adapter asks of a Durable Object's storage, `ctx.storage`, and of a transaction on it. */
export interface ObjectTransaction {
  get(keys: string[]): Promise<Map<string, unknown>>;
  put(entries: Record<string, unknown>, options?: ObjectCaching): Promise<void>;
  delete(keys: string[]): Promise<number>;
  /** In ascending order of the keys' UTF-8 bytes. */
  list(options: ObjectRange & ObjectCaching): Promise<Map<string, unknown>>;
}

export interface ObjectStorage extends ObjectTransaction {
  /** What `closure` throws undoes everything in it, and is then thrown on. */
  transaction<T>(closure: (transaction: ObjectTransaction) => Promise<T>): Promise<T>;
  /** Fulfils once everything that was written before is durable. */
  sync(): Promise<void>;
}

/** `start` belongs to the range; `startAfter`, which stands in its place, and `end` do not. */
export interface ObjectRange {
  start?: string;
  startAfter?: string;
  end: string;
  limit?: number;
}

/** Whether the object's own cache is to keep no copy. */
export interface ObjectCaching {
  noCache?: boolean;
}
