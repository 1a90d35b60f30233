import { spelt } from "../generated/wasm-bytes.js";
import { bytesOf } from "./ascii.js";
import type { ModuleSource } from "./platform.js";

/** The module's bytes, which come with the package. */
export async function readInlined(): Promise<ModuleSource> {
  return bytesOf(spelt);
}
