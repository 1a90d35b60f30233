/** The two runtimes that the page knows: one that ends with the page, and one that this browser keeps. */
import { indexedDbStorage, Runtime } from "./package.mjs";

/** The runtime in IndexedDB is always the same one. */
const KEPT = "console";

/** Where the page's choice is remembered. */
const CHOICE = "worker-runtime console: kept";

/** Where the runtime was kept when the page was last used: "memory" or "browser". */
export function rememberedPlace() {
  try {
    return localStorage.getItem(CHOICE) === "browser" ? "browser" : "memory";
  } catch {
    return "memory";
  }
}

/** Remembers the choice for the next time. A browser that stores nothing for this page forgets it. */
export function rememberPlace(place) {
  try {
    localStorage.setItem(CHOICE, place);
  } catch {
    // Then the page begins in memory.
  }
}

/** A runtime in memory, gone with the page. */
export const openInMemory = () => Runtime.create({ displayName: "In memory" });

/**
 * The runtime that this browser keeps in IndexedDB. Waits while another tab has it, until `signal` aborts; with
 * `takeover` it doesn't wait, and the other tab's runtime is fenced.
 */
export const openInBrowser = ({ signal, takeover = false }) =>
  Runtime.open({
    storage: indexedDbStorage(),
    runtimeId: KEPT,
    displayName: "In this browser",
    signal,
    takeover,
  });
