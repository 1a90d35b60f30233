/** "worker-runtime" without the module's bytes: call `initWasm` with its URL, bytes or module first. */
export * from "../api/index.js";
export { initWasm } from "../core/loader.js";
export type { WasmSource } from "../core/source.js";
export { Runtime } from "../runtime.js";
export { memoryStorage } from "../storage/memory.js";
