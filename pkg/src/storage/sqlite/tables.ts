import type { SqliteDatabase, SqliteStatement } from "./database.js";
import { named } from "./failures.js";
import { patiently } from "./patience.js";

/**
 * Ids are their UTF-8 bytes: text with a null character in it is cut short by some hosts. A value without bytes is bound
 * as NULL by some.
 */
const SCHEMA = [
  `CREATE TABLE IF NOT EXISTS worker_runtime_stores (
     store INTEGER PRIMARY KEY, runtime BLOB NOT NULL UNIQUE, head TEXT NOT NULL)`,
  `CREATE TABLE IF NOT EXISTS worker_runtime_records (
     store INTEGER NOT NULL, key TEXT NOT NULL COLLATE BINARY, value BLOB NOT NULL,
     PRIMARY KEY (store, key)) WITHOUT ROWID`,
];

const STORE = "(SELECT store FROM worker_runtime_stores WHERE runtime = ?)";

const STATEMENTS = {
  head: "SELECT head FROM worker_runtime_stores WHERE runtime = ?",
  list: "SELECT runtime FROM worker_runtime_stores",
  create: "INSERT INTO worker_runtime_stores (runtime, head) VALUES (?, ?)",
  move: "UPDATE worker_runtime_stores SET head = ? WHERE runtime = ?",
  read: `SELECT key, value FROM worker_runtime_records
           WHERE store = ${STORE} AND key >= ? AND key < ? ORDER BY key LIMIT ?`,
  put: `INSERT OR REPLACE INTO worker_runtime_records (store, key, value) VALUES (${STORE}, ?, coalesce(?, x''))`,
  remove: `DELETE FROM worker_runtime_records WHERE store = ${STORE} AND key = ?`,
  clear: `DELETE FROM worker_runtime_records WHERE store = ${STORE}`,
  forget: "DELETE FROM worker_runtime_stores WHERE runtime = ?",
};

export type Statements = Readonly<Record<keyof typeof STATEMENTS, SqliteStatement>>;

/** The adapter's two tables in a database. */
export class Tables {
  readonly database: SqliteDatabase;
  #statements: Statements | undefined;

  constructor(database: SqliteDatabase) {
    this.database = database;
  }

  /**
   * Does `step` with the tables' statements, or with `undefined` as long as nobody has made the tables; waits while another
   * connection is in the way. Rejects with what the contract calls the failure.
   */
  async ask<T>(step: (statements: Statements | undefined) => T): Promise<T> {
    try {
      return await patiently(() => {
        this.#statements ??= this.find();
        return step(this.#statements);
      });
    } catch (error) {
      // The tables may have been there in a transaction of the caller's alone, or not be there any more.
      this.#statements = undefined;
      throw named(error);
    }
  }

  /** Makes the tables, in the transaction that is open. */
  make(): Statements {
    for (const table of SCHEMA) {
      this.database.exec(table);
    }
    return this.#prepare();
  }

  /** What can be asked of the tables as they are now; `undefined` where there are none. One without the other is an error. */
  find(): Statements | undefined {
    const names = "('worker_runtime_stores', 'worker_runtime_records')";
    const found = this.database.prepare(
      `SELECT name FROM sqlite_master WHERE type = 'table' AND name IN ${names}`,
    );
    return found.all().length > 0 ? this.#prepare() : undefined;
  }

  #prepare(): Statements {
    const prepared = Object.entries(STATEMENTS).map(([name, sql]) => [name, this.database.prepare(sql)]);
    return Object.fromEntries(prepared);
  }
}
