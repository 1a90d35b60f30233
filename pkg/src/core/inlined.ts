import { spelt } from "../generated/wasm-bytes.js";
import { bytesOf } from "./ascii.js";
import type { CompiledModule } from "./platform.js";

/** Compiles the module from the bytes that come with the package. */
export async function compileInlined(): Promise<CompiledModule> {
  return WebAssembly.compile(bytesOf(spelt));
}
