import { randomUUID } from "node:crypto";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sqliteStorage } from "worker-runtime/sqlite";
import { connect, WAL } from "./connect.mjs";

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

export const bytes = (text) => new TextEncoder().encode(text);
export const ALL = { gte: "", lt: "~" };

export async function contents(store) {
  const records = await store.read(ALL);
  return Object.fromEntries(records.map(([key, value]) => [key, Buffer.from(value).toString()]));
}

/** A commit under a new head of operations given as an object of texts and nulls. */
export function change(from, changes) {
  const ops = Object.entries(changes).map(([key, text]) => [key, text === null ? null : bytes(text)]);
  return { from, to: randomUUID(), ops };
}

/** Commits and answers the new head; throws where it is not applied. */
export async function put(store, from, changes) {
  const commit = change(from, changes);
  const answer = await store.commit(commit);
  if (answer !== commit.to) {
    throw new Error(`not applied: ${answer}`);
  }
  return answer;
}
