import type { RuntimeStore } from "../contract.js";
import type { SqliteDatabase } from "./database.js";

const FULL = 2;
const EXTRA = 3;

function pragma(database: SqliteDatabase, name: string): unknown {
  return (database.prepare(`PRAGMA ${name}`).get() as Record<string, unknown>)[name];
}

/**
 * What a commit survives on this connection as it is set now, by https://www.sqlite.org/pragma.html#pragma_synchronous.
 *
 * A rollback journal that is deleted may be back after a loss of power, with it what was there before the commit, unless
 * the directory is synced too, which is what EXTRA adds.
 */
export function durabilityOf(database: SqliteDatabase): RuntimeStore["durability"] {
  const places = database.prepare("PRAGMA database_list").all() as Array<{ name: string; file: unknown }>;
  const file = places.find(({ name }) => name === "main")?.file;
  const journal = String(pragma(database, "journal_mode")).toLowerCase();
  // Without a journal on the medium, a process that ends in mid-commit leaves a damaged file.
  if (typeof file !== "string" || file === "" || journal === "memory" || journal === "off") {
    return "memory";
  }
  const synchronous = Number(pragma(database, "synchronous"));
  return synchronous >= (journal === "delete" ? EXTRA : FULL) ? "power-loss" : "process-crash";
}
