import type { SqliteDatabase } from "./database.js";

const INTERVAL_MS = 250;

const tickers = new WeakMap<SqliteDatabase, Ticker>();

/** Notices that another connection has changed the database, for as long as somebody listens. */
export class Ticker {
  readonly #database: SqliteDatabase;
  readonly #listeners = new Set<() => void>();
  #version: unknown;
  #timer: ReturnType<typeof setInterval> | undefined;

  private constructor(database: SqliteDatabase) {
    this.#database = database;
  }

  static of(database: SqliteDatabase): Ticker {
    const ticker = tickers.get(database) ?? new Ticker(database);
    tickers.set(database, ticker);
    return ticker;
  }

  /** `heard` is called some time after a change; gives what ends that. */
  listen(heard: () => void): () => void {
    // One of its own for each listener, so that ending one does not end another.
    const listener = () => heard();
    this.#listeners.add(listener);
    if (this.#timer === undefined) {
      this.#version = this.#ask();
      this.#timer = setInterval(() => this.#tick(), INTERVAL_MS);
      // It keeps no process alive.
      (this.#timer as { unref?(): void }).unref?.();
    }
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) {
        clearInterval(this.#timer);
        this.#timer = undefined;
      }
    };
  }

  #tick(): void {
    const version = this.#ask();
    if (version !== this.#version) {
      this.#version = version;
      for (const listener of [...this.#listeners]) {
        listener();
      }
    }
  }

  /** https://www.sqlite.org/pragma.html#pragma_data_version: moves with the commits of other connections. */
  #ask(): unknown {
    try {
      return (this.#database.prepare("PRAGMA data_version").get() as { data_version: unknown }).data_version;
    } catch (error) {
      // An answer that does not come is reason enough to look.
      return error;
    }
  }
}
