/** "worker-runtime/indexeddb": keeps runtimes in the browser. */
export { type IndexedDbOptions, indexedDbStorage } from "../storage/indexeddb.js";
