/**
 * What the adapter asks of a connection to SQLite: the shape that `node:sqlite`, `bun:sqlite` and better-sqlite3 have in
 * common. Everything happens before a call returns, and a failure is thrown.
 */
export interface SqliteDatabase {
  /** Runs statements without parameters. */
  exec(sql: string): unknown;
  prepare(sql: string): SqliteStatement;
}

export interface SqliteStatement {
  /** The first row as an object, `undefined` or `null` where there is none. */
  get(...parameters: unknown[]): unknown;
  /** All rows, as objects. */
  all(...parameters: unknown[]): unknown[];
  run(...parameters: unknown[]): unknown;
}
