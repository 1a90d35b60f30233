import { backedStorage } from "./backed-storage.js";
import type { RuntimeStorage } from "./contract.js";
import { HostOptions } from "./host-option.js";
import { Neighbours } from "./neighbours.js";
import type { SqliteDatabase } from "./sqlite/database.js";
import { durabilityOf } from "./sqlite/durability.js";
import { SqliteRecords } from "./sqlite/records.js";
import { Tables } from "./sqlite/tables.js";
import { Ticker } from "./sqlite/ticker.js";
import { transact } from "./sqlite/transaction.js";

export interface SqliteOptions {
  /**
   * A connection of `node:sqlite`, `bun:sqlite`, better-sqlite3 or anything of that shape. It stays the caller's: open
   * for as long as the storage is used, its PRAGMAs as they are, and best with no other use, as nothing is committed
   * while somebody has a transaction open on it.
   */
  database: SqliteDatabase;
}

/**
 * Keeps runtimes in two tables of a SQLite database, which the first creation makes. Any number of connections and
 * processes may use the database at once.
 *
 * `durability` is what the connection's PRAGMAs come to when a store is opened: "power-loss" with `synchronous=FULL` (with
 * a rollback journal that is deleted, SQLite's default, `EXTRA`), "memory" where there is no file or no journal on the
 * medium. Throws `invalid_request` where `database` has not the shape.
 */
export function sqliteStorage(options: SqliteOptions): RuntimeStorage {
  const database = new HostOptions(options).object<SqliteDatabase>("database", ["exec", "prepare"]);
  const tables = new Tables(database);
  const encoder = new TextEncoder();
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

  return backedStorage({
    neighbours: Neighbours.over(database),
    listen: (heard) => Ticker.of(database).listen(heard),
    durability: () => tables.ask(() => durabilityOf(database)),
    records: (runtimeId) => new SqliteRecords(tables, encoder.encode(runtimeId)),
    list: () =>
      tables.ask((statements) => {
        const rows = (statements?.list.all() ?? []) as Array<{ runtime: Uint8Array }>;
        return rows.map(({ runtime }) => decoder.decode(runtime));
      }),
    delete: (runtimeId) =>
      tables.ask((statements) => {
        const id = encoder.encode(runtimeId);
        if (statements !== undefined) {
          transact(database, () => {
            statements.clear.run(id);
            statements.forget.run(id);
          });
        }
      }),
  });
}
