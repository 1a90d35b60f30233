/** The runtimes that the page can open: in memory, or kept in this browser's IndexedDB. */

import { fileOf, linesOf } from "./lines.mjs";
import { indexedDbStorage, Runtime } from "./package.mjs";

const storage = indexedDbStorage();

/** What begins the name of the lock that a tab of this page holds for each kept runtime that it has open. */
const HELD = "worker-runtime console holds ";

/** Where the id of the kept runtime that was used last is remembered. */
const LAST = "worker-runtime console: last";

/** The ids of the runtimes in IndexedDB. */
export const keptIds = () => storage.list();

/** A runtime in memory, gone with the page. */
export const createInMemory = (options) => Runtime.create(options);

/**
 * A runtime in IndexedDB. Waits while another tab has it, until `signal` aborts; with `takeover` it doesn't wait, and the
 * other tab's runtime is fenced. `create: false` refuses an id that isn't there.
 */
export const openKept = (options) => Runtime.open({ ...options, storage });

/** Deletes a kept runtime. A tab that has it open is told. */
export const deleteKept = (runtimeId) => storage.delete(runtimeId);

/** Reads the summary of a kept runtime without taking it over. */
export async function inspectKept(runtimeId) {
  const view = await Runtime.inspect(storage, runtimeId);
  try {
    return { ...view.summary(), eventCount: view.eventCursorNow().nextEventId - 1 };
  } finally {
    await view.close();
  }
}

/** The whole of a runtime as a file; one that isn't open here is read without taking it over. */
export async function exportToFile(runtimeId, runtime) {
  const view = runtime ?? (await Runtime.inspect(storage, runtimeId));
  try {
    return await fileOf(view.exportLines(), "application/jsonl");
  } finally {
    if (!runtime) await view.close();
  }
}

/** How much of a file is looked at for the id of its runtime, in bytes. */
const HEADER_BYTES = 4_096;

/** The id that an export's first line names; `undefined` where the file is none. */
async function idIn(file) {
  try {
    const [line] = (await file.slice(0, HEADER_BYTES).text()).split("\n");
    return JSON.parse(line).runtimeId;
  } catch {
    return undefined;
  }
}

/** Keeps an exported runtime in IndexedDB once all of it is verified, and answers its id. */
export async function importFromFile(file, passed) {
  // The import would refuse it as well, but only once nobody has it open any more.
  if ((await keptIds()).includes(await idIn(file))) {
    throw new Error("this browser has a runtime of this id already, which would have to be deleted first");
  }
  return Runtime.importLines(storage, linesOf(file.stream(), passed));
}

/**
 * Tells other tabs of this page that this one has `runtimeId` open, until the answer is called. This is courtesy: what
 * keeps two tabs apart is the storage itself.
 */
export function announceHolding(runtimeId) {
  let release = () => {};
  const released = new Promise((resolve) => {
    release = resolve;
  });
  navigator.locks?.request(HELD + runtimeId, { mode: "shared" }, () => released).catch(() => {});
  return release;
}

/** The ids of the kept runtimes that some tab of this page has open, also this one. */
export async function heldIds() {
  try {
    const { held } = await navigator.locks.query();
    return new Set(
      held.filter(({ name }) => name.startsWith(HELD)).map(({ name }) => name.slice(HELD.length)),
    );
  } catch {
    return new Set();
  }
}

/** The id of the kept runtime that was used last; `undefined` where that was one in memory. */
export function lastKept() {
  try {
    return localStorage.getItem(LAST) ?? undefined;
  } catch {
    return undefined;
  }
}

/** Remembers which runtime to begin with next time. A browser that stores nothing for this page forgets it. */
export function rememberKept(runtimeId) {
  try {
    if (runtimeId === undefined) localStorage.removeItem(LAST);
    else localStorage.setItem(LAST, runtimeId);
  } catch {
    // Then the page begins in memory.
  }
}
