import { backedStorage } from "./backed-storage.js";
import type { RuntimeStorage } from "./contract.js";
import { HostOptions } from "./host-option.js";
import { Neighbours } from "./neighbours.js";
import { Database } from "./postgres/database.js";
import type { PostgresPool } from "./postgres/pool.js";
import { PostgresRecords } from "./postgres/records.js";

export interface PostgresOptions {
  /** A pool of `pg` or anything of that shape. It stays the caller's. */
  pool: PostgresPool;
  /** The schema of the tables, made where it does not exist: a lower-case name. Default "public". */
  schema?: string;
  /** What the names of the two tables begin with: a lower-case name of at most 50 characters. Default "worker_runtime". */
  table?: string;
}

const NAME = /^[a-z_][a-z0-9_]{0,62}$/;
const PREFIX = /^[a-z_][a-z0-9_]{0,49}$/;

/**
 * Keeps runtimes in two tables of a PostgreSQL database, which the first creation makes. Any number of processes and
 * machines may use them at once.
 *
 * Every call is one statement and, but for a creation, one way there and back; no transaction and no lock outlives it, so
 * connections may be pooled in any way. Whoever opens a runtime in another process is not waited for and fences this one.
 * `durability` is what the server's settings come to when a store is opened.
 * Throws `invalid_request` where an option is malformed.
 */
export function postgresStorage(options: PostgresOptions): RuntimeStorage {
  const given = new HostOptions(options);
  const pool = given.object<PostgresPool>("pool", ["query"]);
  const schema = given.text("schema", NAME, "must be a lower-case name", "public");
  const table = given.text(
    "table",
    PREFIX,
    "must be a lower-case name of at most 50 characters",
    "worker_runtime",
  );
  const database = new Database(pool, schema, table);
  const encoder = new TextEncoder();
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

  return backedStorage({
    neighbours: Neighbours.over(pool, `${schema}.${table}`),
    durability: () => database.durability(),
    records: (runtimeId) => new PostgresRecords(database, encoder.encode(runtimeId)),
    async list() {
      const rows = await database.ask<{ runtime: Uint8Array }>("list");
      return rows.map(({ runtime }) => decoder.decode(runtime));
    },
    async delete(runtimeId) {
      await database.change<never>("delete", encoder.encode(runtimeId));
    },
  });
}
