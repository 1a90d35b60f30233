import { deflatedModule, moduleLength } from "../generated/wasm-bytes.js";
import { inflateRaw } from "./inflate.js";
import type { CompiledModule } from "./platform.js";

function decodeBase64(text: string): Uint8Array<ArrayBuffer> {
  const characters = atob(text);
  const bytes = new Uint8Array(characters.length);
  for (let i = 0; i < characters.length; i++) {
    bytes[i] = characters.charCodeAt(i);
  }
  return bytes;
}

/** `undefined` where the host has no streams that inflate, or they do not work with the rest of it (jsdom's Blob). */
async function inflateStream(bytes: Uint8Array<ArrayBuffer>): Promise<ArrayBuffer | undefined> {
  try {
    const stream = new DecompressionStream("deflate-raw");
    return await new Response(new Blob([bytes]).stream().pipeThrough(stream)).arrayBuffer();
  } catch {
    return undefined;
  }
}

/** Compiles the module from the bytes that come with the package. */
export async function compileInlined(): Promise<CompiledModule> {
  const deflated = decodeBase64(deflatedModule);
  return WebAssembly.compile((await inflateStream(deflated)) ?? inflateRaw(deflated, moduleLength));
}
