// The package by its files' addresses, for scripts that no import map reaches.
export { Runtime } from "./node_modules/worker-runtime/dist/entry/index.js";
export { indexedDbStorage } from "./node_modules/worker-runtime/dist/entry/indexeddb.js";
