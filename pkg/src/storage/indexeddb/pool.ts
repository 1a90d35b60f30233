import type { Place } from "./place.js";
import { renewLog } from "./renewal.js";

/** How long a connection stays open for the next one who needs it after its last user has closed. */
const SPARE_MS = 1_000;

/** What a timer of Node.js can do besides: there it shall not keep the process alive. */
type Timer = ReturnType<typeof setTimeout> & { unref?(): unknown };

/** The connections of this page, by the factory that they are of. */
const pools = new WeakMap<IDBFactory, Pool>();

/** The connections that are open in this page, and those of them that nobody uses for the moment. */
export class Pool {
  readonly #open = new Set<IDBDatabase>();
  readonly #spares = new Map<string, { database: IDBDatabase; timer: Timer }>();
  /** The browser's log, begun since one of the connections was asked for that are open or about to be. */
  #log: Promise<void> | undefined;

  static of(factory: IDBFactory): Pool {
    let pool = pools.get(factory);
    if (pool === undefined) {
      pool = new Pool();
      pools.set(factory, pool);
    }
    return pool;
  }

  /**
   * Has the browser begin a new log, once for as long as some connection is asked for or open without a break: what
   * leaves the log torn takes all of them along.
   */
  renewLog(place: Place): Promise<void> {
    this.#log ??= renewLog(place);
    return this.#log;
  }

  /** A connection has come to be used; `lost` is called where the browser or another page takes it away. */
  use(database: IDBDatabase, lost: () => void): void {
    this.#open.add(database);
    database.onclose = () => {
      this.fail(database);
      lost();
    };
    database.onversionchange = () => {
      this.end(database);
      lost();
    };
  }

  /** A connection is not to be used any more, or there is none, since it could not be opened. */
  end(database?: IDBDatabase): void {
    if (database !== undefined) {
      this.#open.delete(database);
      database.close();
    }
    if (this.#open.size === 0) {
      this.#log = undefined;
    }
  }

  /** A connection does not work any more: whatever else is open may be gone with it, though nobody was told yet. */
  fail(database: IDBDatabase): void {
    this.#log = undefined;
    this.end(database);
    this.end(this.take(database.name));
  }

  /** Takes back a connection that works and is not used any more. */
  put(database: IDBDatabase): void {
    const { name } = database;
    if (this.#spares.has(name)) {
      this.end(database);
      return;
    }
    const timer: Timer = setTimeout(() => this.end(this.take(name)), SPARE_MS);
    timer.unref?.();
    this.#spares.set(name, { database, timer });
    this.use(database, () => this.take(name));
  }

  /** A connection to the database that was put back a moment ago and is still open. */
  take(name: string): IDBDatabase | undefined {
    const spare = this.#spares.get(name);
    clearTimeout(spare?.timer);
    this.#spares.delete(name);
    return spare?.database;
  }
}
