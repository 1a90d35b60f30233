import { randomUUID } from "node:crypto";
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { nodeFsStorage } from "../../../../pkg/dist/entry/node-fs.js";

export const ID = "runtime-under-test";

/** Where files cost nothing, on machines that have such a place: for tests of what is in them, not of the medium. */
export const quickPlace = existsSync("/dev/shm") ? "/dev/shm" : tmpdir();

/** A directory that is gone after the test. */
export function directory(context, place = tmpdir()) {
  const path = mkdtempSync(join(place, "node-fs-"));
  context.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

export const bytes = (text) => new Uint8Array(Buffer.from(text));

/** Everything in a store, as text. */
export async function contents(store) {
  const records = await store.read({ gte: "!", lt: "~" });
  return Object.fromEntries(records.map(([key, value]) => [key, Buffer.from(value).toString()]));
}

/** Commits operations given as an object of texts and nulls; gives the new head. */
export async function commit(store, changes) {
  const to = randomUUID();
  const ops = Object.entries(changes).map(([key, text]) => [key, text === null ? null : bytes(text)]);
  const answer = await store.commit({ from: await store.head(), to, ops });
  if (answer !== to) {
    throw new Error(`not applied: ${answer}`);
  }
  return to;
}

/** The store's directory in that of the adapter. */
export function storeDirectory(root) {
  const [name] = readdirSync(root).filter((name) => /^[0-9a-f]{64}$/.test(name));
  return join(root, name);
}

/** The store as a killed process leaves it: its files without its locks. */
export function copyStore(root, target) {
  rmSync(target, { recursive: true, force: true });
  const store = storeDirectory(root);
  cpSync(store, join(target, store.slice(-64)), { recursive: true });
  return target;
}

/** Names and contents of all files of a store, each file once. */
export function filesOf(root) {
  const store = storeDirectory(root);
  return Object.fromEntries(
    readdirSync(store)
      .sort()
      .map((name) => [name, readFileSync(join(store, name))]),
  );
}

export const open = (root, options) => nodeFsStorage({ directory: root }).open(ID, options);

/** What opening a store and reading everything in it comes to. */
export async function inspect(root) {
  const store = await open(root, { readOnly: true });
  try {
    return { head: await store.head(), contents: await contents(store) };
  } finally {
    await store.close();
  }
}
