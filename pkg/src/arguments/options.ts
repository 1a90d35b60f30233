import { invalidRequest } from "../api/errors.js";
import type { RuntimeStorage } from "../storage/contract.js";
import { integerValue, objectValue, optionalBoolean, ownField, snapshot, unreadable } from "./read.js";
import { optionalSignal, type Signal } from "./signals.js";
import { idValue, textValue } from "./text.js";

/** A snapshot of `RuntimeOptions`: absent fields are absent. */
export interface RuntimeArguments {
  runtimeId?: string;
  displayName?: string;
  maxTranscriptProjectionItems?: number;
  maxEventBatchItems?: number;
}

/** A snapshot of `OpenOptions` with the defaults filled in. */
export interface OpenArguments {
  /** Handed to the core where the runtime is created. */
  readonly runtime: RuntimeArguments;
  readonly storage: RuntimeStorage;
  readonly signal: Signal | undefined;
  readonly create: boolean;
  readonly takeover: boolean;
  readonly acceptLoss: boolean;
  readonly storageTimeoutMs: number;
  readonly cacheBytes: number;
}

const DEFAULT_STORAGE_TIMEOUT_MS = 10_000;
const DEFAULT_CACHE_BYTES = 16 * 1024 * 1024;

function readSettings(options: object): RuntimeArguments {
  const settings: RuntimeArguments = snapshot({});
  const runtimeId = ownField(options, "runtimeId", "runtimeId");
  if (runtimeId !== undefined) {
    settings.runtimeId = idValue(runtimeId, "runtimeId");
  }
  const displayName = ownField(options, "displayName", "displayName");
  if (displayName !== undefined) {
    settings.displayName = textValue(displayName, "displayName");
  }
  const limits = ownField(options, "limits", "limits");
  if (limits !== undefined) {
    const holder = objectValue(limits, "limits");
    for (const key of ["maxTranscriptProjectionItems", "maxEventBatchItems"] as const) {
      const path = `limits.${key}`;
      const limit = ownField(holder, key, path);
      if (limit !== undefined) {
        settings[key] = integerValue(limit, path);
      }
    }
  }
  return settings;
}

export function readRuntimeOptions(value: unknown): RuntimeArguments {
  return value === undefined ? snapshot({}) : readSettings(objectValue(value, "options"));
}

/** Checks that a storage has the methods of the contract; they may live on its prototype. */
export function storageValue(value: unknown, path: string): RuntimeStorage {
  if ((typeof value === "object" || typeof value === "function") && value !== null) {
    try {
      const { open, list, delete: remove } = value as Record<string, unknown>;
      if (typeof open === "function" && typeof list === "function" && typeof remove === "function") {
        return value as RuntimeStorage;
      }
    } catch (cause) {
      throw unreadable(path, cause);
    }
  }
  throw invalidRequest(
    path,
    value === undefined ? "is missing" : "must have the methods open, list and delete",
  );
}

export function readOpenOptions(value: unknown): OpenArguments {
  const options = objectValue(value, "options");
  const runtime = readSettings(options);
  const field = (key: string): unknown => ownField(options, key, key);
  const integer = (key: string, absent: number): number => {
    const given = field(key);
    return given === undefined ? absent : integerValue(given, key);
  };
  return {
    runtime,
    storage: storageValue(field("storage"), "storage"),
    signal: optionalSignal(field("signal"), "signal"),
    create: optionalBoolean(field("create"), "create", true),
    takeover: optionalBoolean(field("takeover"), "takeover", false),
    acceptLoss: optionalBoolean(field("acceptLoss"), "acceptLoss", false),
    storageTimeoutMs: integer("storageTimeoutMs", DEFAULT_STORAGE_TIMEOUT_MS),
    cacheBytes: integer("cacheBytes", DEFAULT_CACHE_BYTES),
  };
}
