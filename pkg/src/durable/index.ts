import type { OpenArguments } from "../arguments/options.js";
import type { Signal } from "../arguments/signals.js";
import { moduleInstance } from "../core/loader.js";
import { Engine } from "../engine.js";
import type { RuntimeStorage } from "../storage/contract.js";
import { StoreCommitter } from "./committer.js";
import { importRuntime } from "./importing.js";
import { inspect } from "./inspecting.js";
import { Opening } from "./opening.js";
import { requireWorking } from "./root.js";

/** Creates or restores a runtime in a storage. */
export async function openStored(settings: OpenArguments): Promise<Engine> {
  const instance = await moduleInstance();
  const { handle, holding, reading } = await new Opening(instance, settings, "runtime").run();
  requireWorking(instance);
  const committer = new StoreCommitter(handle, holding, reading);
  const { durability } = holding.store;
  const engine = new Engine({ handle, committer, records: reading, durability });
  committer.attach(engine);
  return engine;
}

/** A view of a store, which is neither taken over nor written to. */
export async function inspectStored(
  storage: RuntimeStorage,
  runtimeId: string,
  signal: Signal | undefined,
): Promise<Engine> {
  return inspect(await moduleInstance(), storage, runtimeId, signal);
}

/** Creates the runtime that `lines` are an export of, and gives its id. */
export async function importStored(
  storage: RuntimeStorage,
  lines: AsyncIterable<string> | Iterable<string>,
  signal: Signal | undefined,
): Promise<string> {
  return importRuntime(await moduleInstance(), storage, lines, signal);
}
