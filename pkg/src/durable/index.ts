import { RuntimeError } from "../api/errors.js";
import type { OpenArguments } from "../arguments/options.js";
import type { Signal } from "../arguments/signals.js";
import type { Engine } from "../engine.js";
import type { RuntimeStorage } from "../storage/contract.js";

function unavailable(): Promise<never> {
  return Promise.reject(new RuntimeError("this build has no storage", { code: "storage_failed" }));
}

export function openStored(_settings: OpenArguments): Promise<Engine> {
  return unavailable();
}

export function inspectStored(
  _storage: RuntimeStorage,
  _runtimeId: string,
  _signal: Signal | undefined,
): Promise<Engine> {
  return unavailable();
}

export function importStored(
  _storage: RuntimeStorage,
  _lines: AsyncIterable<string> | Iterable<string>,
  _signal: Signal | undefined,
): Promise<string> {
  return unavailable();
}
