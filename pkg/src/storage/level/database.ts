/** What the adapter asks of a database, or of a sublevel of one: what all that follow abstract-level have. */
export interface LevelDatabase {
  getMany(keys: string[], options: LevelEncodings): Promise<unknown[]>;
  batch(operations: LevelOperation[], options: LevelEncodings & { sync: boolean }): Promise<unknown>;
  iterator(options: LevelEncodings & LevelRange): { all(): Promise<Array<[unknown, unknown]>> };
  keys(options: LevelEncodings & LevelRange): { all(): Promise<unknown[]> };
  /** Calls `listener` once, after it has been opened. */
  once?(moment: "open", listener: () => void): unknown;
  /** What it can do. */
  readonly supports?: LevelManifest;
  /** The database that a sublevel is a part of. */
  readonly db?: unknown;
  /** What the keys of a sublevel begin with there. */
  readonly prefix?: unknown;
}

export interface LevelEncodings {
  keyEncoding: "utf8";
  valueEncoding: "view";
}

export interface LevelRange {
  gte: string;
  lt: string;
  limit?: number;
}

export type LevelOperation = { type: "put"; key: string; value: Uint8Array } | { type: "del"; key: string };

/** The part of https://github.com/Level/supports that makes a difference here. */
export interface LevelManifest {
  readonly permanence?: boolean;
  /** Whether an iterator sees the state at its beginning; abstract-level before 2 calls it `snapshots`. */
  readonly implicitSnapshots?: boolean;
  readonly snapshots?: boolean;
  readonly additionalMethods?: { readonly approximateSize?: boolean };
}
