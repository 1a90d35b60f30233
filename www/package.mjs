/**
 * The package, as this page's server offers it. An app of your own writes `from "worker-runtime"` instead; here a
 * relative address keeps the page free of an inline import map, which its Content-Security-Policy would refuse.
 */
export * from "./worker-runtime/entry/index.js";
export { indexedDbStorage } from "./worker-runtime/entry/indexeddb.js";
