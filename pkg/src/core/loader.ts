import { RuntimeError } from "../api/errors.js";
import type { Boundary } from "./boundary.js";
import { ModuleInstance } from "./instance.js";
import type { ModuleSource } from "./platform.js";
import { moduleReader, type WasmSource } from "./source.js";

type ReadModule = () => Promise<ModuleSource>;

/** A load under way; those who ask for the same share it. */
interface Loading {
  readonly source: WasmSource | undefined;
  readonly done: Promise<ModuleInstance>;
}

let defaultReader: ReadModule | null = null;
let compiled: WebAssembly.Module | null = null;
let current: ModuleInstance | null = null;
let loading: Loading | null = null;

/** `value`, with which comes the place that the module is read from when nobody said: the slim entry point has none. */
export function withDefaultModule<T>(read: ReadModule, value: T): T {
  defaultReader = read;
  return value;
}

function instanceOf({ exports }: WebAssembly.Instance): ModuleInstance {
  const { memory } = exports;
  if (!(memory instanceof WebAssembly.Memory) || !("vocabulary" in exports)) {
    throw new WebAssembly.LinkError("this is not the module of this version of worker-runtime");
  }
  return new ModuleInstance({ ...exports } as unknown as Boundary, memory);
}

/**
 * A module and an instance of it, made at once: the functions are compiled when they are called, and what is left takes less time than
 * being called back. What the host does not do at once, such as large modules in a page of some, and what is none, is left to the
 * host to do or to refuse in its own time.
 */
async function instantiated(source: ModuleSource): Promise<WebAssembly.WebAssemblyInstantiatedSource> {
  try {
    const module =
      source instanceof WebAssembly.Module ? source : new WebAssembly.Module(source as BufferSource);
    return { module, instance: new WebAssembly.Instance(module) };
  } catch {
    // Of a compiled module the host answers the instance alone.
    const made: Partial<WebAssembly.WebAssemblyInstantiatedSource> = await WebAssembly.instantiate(
      source as BufferSource,
    );
    return {
      module: made.module ?? (source as WebAssembly.Module),
      instance: made.instance ?? (made as WebAssembly.Instance),
    };
  }
}

/** A module is believed once an instance of it works. */
async function load(read: ReadModule): Promise<ModuleInstance> {
  const { module, instance } = await instantiated(compiled ?? (await read()));
  current = instanceOf(instance);
  compiled = module;
  return current;
}

/** The reader of a load for which no source was given. */
function unnamedReader(): ReadModule {
  const known = compiled;
  if (known !== null) {
    return () => Promise.resolve(known);
  }
  if (defaultReader === null) {
    throw new RuntimeError("the module is not loaded: call initWasm with its URL, bytes or module first", {
      code: "invalid_request",
      details: { path: "source" },
    });
  }
  return defaultReader;
}

/**
 * An instance that has not trapped and is not crowded, made where there is none. A load that is under way is shared; where it fails, it
 * rejects with the host's own error for everybody who asked for the same, and the next call tries anew.
 */
async function instanceFrom(source: WasmSource | undefined): Promise<ModuleInstance> {
  const read = source === undefined ? undefined : moduleReader(source);
  if (source instanceof Promise) {
    // It may not be needed, and is nobody else's to handle.
    source.catch(() => undefined);
  }
  while (current === null || current.poisoned || current.isCrowded) {
    if (loading === null) {
      const done = load(read ?? unnamedReader()).finally(() => {
        loading = null;
      });
      loading = { source, done };
      await done;
    } else {
      const { source: other, done } = loading;
      try {
        await done;
      } catch (error) {
        // Whoever gave no source has the entry point's own, and is not hurt by what somebody else gave.
        if (source === other || (source === undefined && defaultReader === null)) {
          throw error;
        }
      }
    }
  }
  return current;
}

/** The instance in which runtimes are made. */
export function moduleInstance(): Promise<ModuleInstance> {
  return instanceFrom(undefined);
}

/**
 * Optional. By default the module is compiled from inlined bytes at the first `create` or `open`. A page may give it
 * instead as a URL or response (compiled while it streams), bytes, or a compiled module. Repeated calls are harmless;
 * a failed one can be repeated.
 *
 * Rejects with the host's own error where the module cannot be had, and with `invalid_request` for what is no source,
 * or without one where the entry point brings no bytes.
 */
export async function initWasm(source?: WasmSource): Promise<void> {
  await instanceFrom(source);
}
