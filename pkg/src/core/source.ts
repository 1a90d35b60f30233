import { invalidRequest } from "../api/errors.js";

/** What `initWasm` takes. */
export type WasmSource = string | URL | Response | Promise<Response> | BufferSource | WebAssembly.Module;

const tagOf = Object.prototype.toString;

/** Sources may come from another realm, so that they are recognised by their tags. */
function tag(value: unknown): string {
  return tagOf.call(value).slice(8, -1);
}

function isThenable(value: object): value is PromiseLike<unknown> {
  return "then" in value && typeof value.then === "function";
}

/** Compiles while the bytes arrive, where the server says that they are a module; otherwise once they are there. */
async function compileResponse(response: Response): Promise<WebAssembly.Module> {
  if (!response.ok) {
    throw new Error(
      `the module could not be fetched: ${response.status} ${response.statusText} (${response.url})`,
    );
  }
  const type = response.headers.get("content-type") ?? "";
  if (typeof WebAssembly.compileStreaming === "function" && /^application\/wasm\s*(?:;|$)/i.test(type)) {
    return WebAssembly.compileStreaming(response);
  }
  return WebAssembly.compile(await response.arrayBuffer());
}

/** A reader of the source, chosen at the call; throws `invalid_request` for what is none. */
export function moduleReader(source: unknown): () => Promise<WebAssembly.Module> {
  if (typeof source === "string") {
    return async () => compileResponse(await fetch(source));
  }
  if (typeof source === "object" && source !== null) {
    switch (tag(source)) {
      case "URL":
        return async () => compileResponse(await fetch(source as URL));
      case "Response":
        return () => compileResponse(source as Response);
      case "WebAssembly.Module":
        return () => Promise.resolve(source as WebAssembly.Module);
      default:
        if (ArrayBuffer.isView(source) || tag(source) === "ArrayBuffer") {
          // Copied at the call: the caller may go on to change them.
          const bytes = copyOf(source as BufferSource);
          return () => WebAssembly.compile(bytes);
        }
        if (isThenable(source)) {
          return async () => moduleReader(await source)();
        }
    }
  }
  throw invalidRequest("source", "must be a URL, a Response, bytes or a compiled module");
}

function copyOf(source: BufferSource): ArrayBuffer {
  const view = ArrayBuffer.isView(source)
    ? new Uint8Array(source.buffer, source.byteOffset, source.byteLength)
    : new Uint8Array(source);
  return new Uint8Array(view).buffer;
}
