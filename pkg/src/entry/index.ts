/** Everything but the adapters. The module comes with it and is compiled at the first `create` or `open`. */
import { compileInlined } from "../core/inlined.js";
import { useDefaultModule } from "../core/loader.js";

export * from "./slim.js";

useDefaultModule(compileInlined);
