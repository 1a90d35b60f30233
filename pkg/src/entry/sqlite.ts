/** "worker-runtime/sqlite": keeps runtimes in a SQLite database. */
export type { SqliteDatabase, SqliteStatement } from "../storage/sqlite/database.js";
export { type SqliteOptions, sqliteStorage } from "../storage/sqlite.js";
