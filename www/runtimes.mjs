/** The two runtimes that the page knows: one that ends with the page, and one that this browser keeps. */
import { indexedDbStorage, Runtime } from "./package.mjs";

/** The runtime in IndexedDB is always the same one. */
const KEPT = "console";

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
