/** A connection to SQLite in whichever host this is. */

const bun = process.versions.bun !== undefined;
const { DatabaseSync, Database } = await import(bun ? "bun:sqlite" : "node:sqlite");

export function connect(path, { pragmas = [], readOnly = false } = {}) {
  const database = bun
    ? new Database(path, readOnly ? { readonly: true } : undefined)
    : new DatabaseSync(path, { readOnly });
  // Only while it is set up: the adapter waits by itself.
  for (const pragma of ["busy_timeout = 5000", ...pragmas, "busy_timeout = 0"]) {
    database.exec(`PRAGMA ${pragma}`);
  }
  return database;
}

export const WAL = ["journal_mode = wal", "synchronous = full"];
