import type { SqliteDatabase } from "./database.js";

function rethrow(error: unknown): never {
  throw error;
}

/**
 * Runs `body` as the one writer. What `body` throws is thrown on, and nothing has happened. Where the COMMIT itself fails,
 * the transaction is rolled back as far as this connection goes, and `failed` answers or throws in its stead.
 */
export function transact<T>(
  database: SqliteDatabase,
  body: () => T,
  failed: (error: unknown) => T = rethrow,
): T {
  // Where this fails there may be a transaction of somebody else's, which is not to be rolled back.
  database.exec("BEGIN IMMEDIATE");
  let committing = false;
  try {
    const result = body();
    committing = true;
    database.exec("COMMIT");
    return result;
  } catch (error) {
    try {
      database.exec("ROLLBACK");
    } catch {
      // SQLite has done it by itself.
    }
    return committing ? failed(error) : rethrow(error);
  }
}
