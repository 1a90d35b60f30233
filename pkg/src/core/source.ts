import { invalidRequest } from "../api/errors.js";
import { unreadable } from "../arguments/read.js";
import type { CompiledModule, ModuleSource } from "./platform.js";

/** What `initWasm` takes. */
export type WasmSource =
  | string
  | URL
  | Response
  | Promise<Response>
  | ArrayBuffer
  | ArrayBufferView
  | CompiledModule;

const tagOf = Object.prototype.toString;

/** Sources may come from another realm, so that they are recognised by their tags. */
function tag(value: unknown): string {
  return tagOf.call(value).slice(8, -1);
}

/** Compiles while the bytes arrive, where the server says that they are a module. */
async function readResponse(response: Response): Promise<ModuleSource> {
  if (!response.ok) {
    throw new Error(
      `the module could not be fetched: ${response.status} ${response.statusText} (${response.url})`,
    );
  }
  const type = response.headers.get("content-type") ?? "";
  if (typeof WebAssembly.compileStreaming === "function" && /^application\/wasm\s*(?:;|$)/i.test(type)) {
    return WebAssembly.compileStreaming(response);
  }
  return response.arrayBuffer();
}

/** A reader of the source, chosen at the call; throws `invalid_request` for what is none. */
export function moduleReader(source: unknown): () => Promise<ModuleSource> {
  let reader: (() => Promise<ModuleSource>) | undefined;
  try {
    reader = readerOf(source);
  } catch (cause) {
    throw unreadable("source", cause);
  }
  if (reader === undefined) {
    throw invalidRequest("source", "must be a URL, a Response, bytes or a compiled module");
  }
  return reader;
}

/** Throws where the source cannot be looked at: a revoked proxy, detached bytes, an object that calls itself a module. */
function readerOf(source: unknown): (() => Promise<ModuleSource>) | undefined {
  if (typeof source === "string") {
    return async () => readResponse(await fetch(source));
  }
  if (typeof source !== "object" || source === null) {
    return undefined;
  }
  switch (tag(source)) {
    case "URL": {
      const { href } = source as URL;
      return typeof href === "string" ? async () => readResponse(await fetch(href)) : undefined;
    }
    case "Response":
      return typeof (source as Response).arrayBuffer === "function"
        ? () => readResponse(source as Response)
        : undefined;
    case "WebAssembly.Module":
      WebAssembly.Module.exports(source as WebAssembly.Module);
      return () => Promise.resolve(source as WebAssembly.Module);
    default:
  }
  if (ArrayBuffer.isView(source) || tag(source) === "ArrayBuffer") {
    // Copied at the call: the caller may go on to change them.
    const bytes = copyOf(source as ArrayBuffer | ArrayBufferView);
    return () => Promise.resolve(bytes);
  }
  const { then } = source as { then?: unknown };
  return typeof then === "function" ? async () => moduleReader(await source)() : undefined;
}

function copyOf(source: ArrayBuffer | ArrayBufferView): ArrayBuffer {
  if (ArrayBuffer.isView(source)) {
    return new Uint8Array(new Uint8Array(source.buffer, source.byteOffset, source.byteLength)).buffer;
  }
  // Throws for what only calls itself a buffer, and for one that was transferred.
  return source.slice(0);
}
