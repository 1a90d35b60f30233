import type { Records } from "../backend.js";
import type { OwnedCommit, OwnedRange } from "../checks.js";
import { StorageRejected } from "../contract.js";
import type { Database } from "./database.js";

/** How often somebody may delete the store between two steps of its creation. */
const ATTEMPTS = 20;

/** A store's number, and its head if it has been created. */
interface Reserved {
  store: string;
  head: string | null;
}

/** Whether a commit was applied, and the head that was there when it came. */
interface Offered {
  moved: boolean;
  head: string | null;
}

/** One store in the tables. */
export class PostgresRecords implements Records {
  readonly #database: Database;
  readonly #id: Uint8Array;
  /** For each creation that was sent: the number of the store that it was meant for, and never for another. */
  readonly #meant = new Map<string, string>();

  constructor(database: Database, id: Uint8Array) {
    this.#database = database;
    this.#id = id;
  }

  async head(): Promise<string | null> {
    const [row] = await this.#database.ask<{ head: string | null }>("head", this.#id);
    return row?.head ?? null;
  }

  async read({ gte, lt, limit }: OwnedRange): Promise<Array<[key: string, value: Uint8Array]>> {
    const most = limit === Number.POSITIVE_INFINITY ? null : limit;
    const rows = await this.#database.ask<{ key: string; value: Uint8Array }>(
      "read",
      this.#id,
      gte,
      lt,
      most,
    );
    return rows.map(({ key, value }) => [key, new Uint8Array(value)]);
  }

  async commit(commit: OwnedCommit, creations: Set<string>): Promise<string | null> {
    const { from, to } = commit;
    if (from === null && !creations.has(to)) {
      return this.#create(commit, creations);
    }
    const offered = await this.#offer(commit, this.#meant.get(to) ?? null);
    if (offered?.moved) {
      return to;
    }
    const head = offered === undefined || offered.head === from ? await this.head() : offered.head;
    if (head === from && from !== null) {
      throw new Error("the tables are not whole");
    }
    return head;
  }

  /**
   * A creation that was cut off on its way may still arrive, also after it was repeated, applied and deleted. It then finds
   * the store that it was meant for gone.
   */
  async #create(commit: OwnedCommit, creations: Set<string>): Promise<string | null> {
    const { to } = commit;
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const rows = await this.#database.change<Reserved>("reserve", this.#id);
      if (rows === undefined) {
        await this.#database.makeTables();
      }
      const [reserved] = rows ?? [];
      if (reserved === undefined) {
        continue;
      }
      if (reserved.head !== null) {
        return reserved.head;
      }
      creations.add(to);
      this.#meant.set(to, reserved.store);
      const forget = () => {
        creations.delete(to);
        this.#meant.delete(to);
      };
      try {
        const offered = await this.#offer(commit, reserved.store);
        if (offered?.moved) {
          return to;
        }
        forget();
        if (offered === undefined) {
          await this.#database.makeTables();
        } else if (offered.head !== null) {
          return offered.head;
        }
      } catch (error) {
        if (error instanceof StorageRejected) {
          forget();
        }
        throw error;
      }
    }
    throw new Error("the store was deleted again and again while it was created");
  }

  /** `undefined` where a table is missing. */
  async #offer({ from, to, ops }: OwnedCommit, store: string | null): Promise<Offered | undefined> {
    const removed: string[] = [];
    const keys: string[] = [];
    const values: Uint8Array[] = [];
    for (const [key, value] of ops) {
      if (value === null) {
        removed.push(key);
      } else {
        keys.push(key);
        values.push(value);
      }
    }
    const { bytes, starts } = joined(values);
    const lengths = values.map(({ length }) => length);
    // Lists are joined, no key has a blank in it: how arrays are sent differs between drivers.
    const lists = [removed, keys, starts, lengths].map((list) => list.join(" "));
    const rows = await this.#database.change<Offered>("commit", this.#id, from, to, store, ...lists, bytes);
    return rows?.[0];
  }
}

/** All values in one, and where each begins, counted from 1. */
function joined(values: readonly Uint8Array[]): { bytes: Uint8Array; starts: number[] } {
  const starts: number[] = [];
  let length = 0;
  for (const value of values) {
    starts.push(length + 1);
    length += value.length;
  }
  const bytes = new Uint8Array(length);
  values.forEach((value, at) => {
    bytes.set(value, (starts[at] as number) - 1);
  });
  return { bytes, starts };
}
