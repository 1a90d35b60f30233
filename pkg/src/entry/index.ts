/** Everything but the adapters. The module comes with it and is compiled at the first `create` or `open`. */
import { readInlined } from "../core/inlined.js";
import { initWasm as load, withDefaultModule } from "../core/loader.js";
import { Runtime as BareRuntime } from "../runtime.js";

export * from "./slim.js";

// Made here and not re-exported: a bundler that leaves out modules which only re-export, or have effects only, has to
// keep this one for whoever uses either of the two. It may leave out the module's bytes for everybody else, which is what
// calls that are marked as pure say to those that look at statements.
export const Runtime: typeof BareRuntime = /* @__PURE__ */ withDefaultModule(readInlined, BareRuntime);
export type Runtime = BareRuntime;
export const initWasm: typeof load = /* @__PURE__ */ withDefaultModule(readInlined, load);
