/** "worker-runtime" in workerd, which compiles modules with the program and refuses to compile bytes. */
import { initWasm as load, withDefaultModule } from "../core/loader.js";
import { Runtime as BareRuntime } from "../runtime.js";
import compiled from "../worker_runtime.wasm";

export * from "./slim.js";

const module = () => Promise.resolve(compiled);

// Made here and not re-exported, as in index.ts.
export const Runtime: typeof BareRuntime = /* @__PURE__ */ withDefaultModule(module, BareRuntime);
export type Runtime = BareRuntime;
export const initWasm: typeof load = /* @__PURE__ */ withDefaultModule(module, load);
