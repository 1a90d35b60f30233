import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sqliteStorage } from "worker-runtime/sqlite";
import { connect, WAL } from "./connect.mjs";

export { ALL, assertRejected, change, contents, put, rejection } from "../commits.mjs";

/** Where files cost nothing, on machines that have such a place: for tests of what is in them, not of the medium. */
const quickPlace = existsSync("/dev/shm") ? "/dev/shm" : tmpdir();

/** A file that is gone after the case. */
export function databaseFile(context, place = quickPlace) {
  const directory = mkdtempSync(join(place, "sqlite-"));
  context.after(() => rmSync(directory, { recursive: true, force: true }));
  return join(directory, "runtimes.db");
}

/** A connection that is closed after the case. */
export function connected(context, path, options = { pragmas: WAL }) {
  const database = connect(path, options);
  context.after(() => database.close());
  return database;
}

/** A storage on a connection of its own. */
export function opened(context, path, options) {
  const database = connected(context, path, options);
  return { database, storage: sqliteStorage({ database }) };
}
