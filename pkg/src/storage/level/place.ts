import type { RuntimeStore } from "../contract.js";
import { StorageCorrupt } from "../corrupt.js";
import { digitsOf, idOf } from "../id-digits.js";
import { inTurn } from "../turns.js";
import type { LevelDatabase, LevelEncodings, LevelManifest, LevelOperation } from "./database.js";
import { assertSound, written } from "./writes.js";

const ENCODINGS: LevelEncodings = { keyEncoding: "utf8", valueEncoding: "view" };

/** LevelDB and RocksDB take the lowest 32 bits of a limit, with a sign; no store has as many records. */
const LARGEST_LIMIT = 0x7fff_ffff;

/** All keys begin with this, like those of a sublevel of this name. */
const PREFIX = "!worker-runtime!";
const HEADS = `${PREFIX}h`;
const AFTER_HEADS = `${PREFIX}i`;
const RECORDS = `${PREFIX}r`;

/** Where one store is in a database. */
export interface Place {
  /** The key of its head. */
  readonly head: string;
  /** What the keys of its records begin with. */
  readonly records: string;
}

export function placeOf(runtimeId: string): Place {
  const digits = digitsOf(runtimeId);
  return { head: HEADS + digits, records: `${RECORDS}${digits}!` };
}

/** A database, or a sublevel, that nobody outside of this process has open. */
export class Medium {
  readonly #database: LevelDatabase;
  readonly #manifest: LevelManifest;
  /** The database itself, and what the keys begin with in it: two objects may stand for one sublevel. */
  readonly root: object;
  readonly prefix: string;

  constructor(database: LevelDatabase) {
    this.#database = database;
    const { db, prefix } = database;
    this.root = typeof db === "object" && db !== null ? db : database;
    this.prefix = typeof prefix === "string" ? prefix : "";
    this.#manifest = (this.root as LevelDatabase).supports ?? {};
  }

  /** What a batch with `sync` survives. That LevelDB and RocksDB are behind it shows in a method that only they have. */
  get durability(): RuntimeStore["durability"] {
    const { permanence, additionalMethods } = this.#manifest;
    return permanence !== false && additionalMethods?.approximateSize === true ? "power-loss" : "memory";
  }

  /** Does `step` while nobody else changes the store. */
  alone<T>({ head }: Place, step: () => Promise<T>): Promise<T> {
    return inTurn(this.root, this.prefix + head, step);
  }

  async value(key: string): Promise<Uint8Array | undefined> {
    const [value] = await telling(this.#database.getMany([key], ENCODINGS));
    return value as Uint8Array | undefined;
  }

  /** The records of a store with `gte <= key < lt`, at one state. */
  async range(place: Place, gte: string, lt: string, limit: number): Promise<Array<[string, Uint8Array]>> {
    const { records } = place;
    const bounds = { gte: records + gte, lt: records + lt, ...(limit <= LARGEST_LIMIT ? { limit } : {}) };
    const ask = () => telling(this.#database.iterator({ ...ENCODINGS, ...bounds }).all());
    const { implicitSnapshots, snapshots } = this.#manifest;
    const entries = await ((implicitSnapshots ?? snapshots) ? ask() : this.alone(place, ask));
    return (entries as Array<[string, Uint8Array]>).map(([key, value]) => [
      key.slice(records.length),
      new Uint8Array(value),
    ]);
  }

  /** The keys of all records of a store. */
  async keys({ records }: Place): Promise<string[]> {
    const bounds = { gte: records, lt: `${records.slice(0, -1)}"` };
    return (await telling(this.#database.keys({ ...ENCODINGS, ...bounds }).all())) as string[];
  }

  /** The runtimes that have a head. */
  async list(): Promise<string[]> {
    const bounds = { gte: HEADS, lt: AFTER_HEADS };
    const keys = (await telling(this.#database.keys({ ...ENCODINGS, ...bounds }).all())) as string[];
    return keys.map((key) => idOf(key.slice(HEADS.length)));
  }

  /** Throws where what is shown of the database may be lost. */
  assertSound(): void {
    assertSound(this.root as LevelDatabase);
  }

  /**
   * All of it or nothing, on the medium. What became of one that fails is unknown, and nothing else is written, until the
   * database is opened anew.
   */
  write(operations: LevelOperation[]): Promise<void> {
    const batch = () => telling(this.#database.batch(operations, { ...ENCODINGS, sync: true }));
    return written(this.root as LevelDatabase, batch);
  }
}

/** Tells damage by the name that the contract has for it. */
async function telling<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    throw (error as { code?: unknown } | null)?.code === "LEVEL_CORRUPTION"
      ? new StorageCorrupt("the database is damaged", { cause: error })
      : error;
  }
}
