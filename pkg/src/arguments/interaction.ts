import { invalidRequest } from "../api/errors.js";
import { noObject, objectValue, ownField, refuseUnknownFields, unreadable } from "./read.js";
import { optionalSignal, type Signal } from "./signals.js";
import { idValue, textValue } from "./text.js";

/** Where a Worker's ref is read to. */
export interface RefTarget {
  runtimeId: string;
  workerId: string;
  /** The number of the Worker where it is known, otherwise 0. */
  worker: number;
}

/** The Workers of a runtime. */
export interface KnownWorkers {
  /** The number of a Worker, 0 where these are not the ids of one that is known. */
  number(runtimeId: unknown, workerId: unknown): number;
}

/** Where an input or output is read to. */
export interface ContentTarget {
  /** The role's code, as the core numbers it. */
  code: number;
  text: string | undefined;
}

/** Where mutation options are read to. */
export interface OptionsTarget {
  operationId: string | undefined;
  signal: Signal | undefined;
}

const isOwn = Object.prototype.hasOwnProperty;

/** Runs per message: nothing is allocated where the ref is as it should be. */
export function readRef(target: RefTarget, value: unknown, known: KnownWorkers): void {
  let runtimeId: unknown;
  let workerId: unknown;
  let isObject = typeof value === "object" && value !== null;
  let field = "worker";
  try {
    isObject &&= !Array.isArray(value);
    if (isObject) {
      const holder = value as { runtimeId?: unknown; workerId?: unknown };
      field = "runtimeId";
      if (isOwn.call(holder, field)) {
        runtimeId = holder.runtimeId;
      }
      field = "workerId";
      if (isOwn.call(holder, field)) {
        workerId = holder.workerId;
      }
    }
  } catch (cause) {
    throw unreadable(field, cause);
  }
  if (!isObject) {
    throw noObject(value, "worker");
  }
  const worker = known.number(runtimeId, workerId);
  target.worker = worker;
  // The ids of a known Worker are texts that need no check.
  target.runtimeId = worker > 0 ? (runtimeId as string) : textValue(runtimeId, "runtimeId");
  target.workerId = worker > 0 ? (workerId as string) : textValue(workerId, "workerId");
}

/** The two kinds of one method and their role codes. */
export interface ContentKinds {
  readonly argument: "input" | "output";
  readonly first: string;
  readonly firstCode: number;
  readonly second: string;
  readonly secondCode: number;
}

const CONTENT_FIELDS = ["kind", "content"] as const;

/** In place of a field that was not found yet, which may be `undefined`. */
const NOT_FOUND = {};

/** Runs per message: nothing is allocated where the input or output is as it should be. */
export function readContent(target: ContentTarget, kinds: ContentKinds, value: unknown): void {
  let kind: unknown = NOT_FOUND;
  let content: unknown = NOT_FOUND;
  let known = true;
  let isObject = typeof value === "object" && value !== null;
  let field: string = kinds.argument;
  const holder = value as { kind?: unknown; content?: unknown };
  try {
    isObject &&= !Array.isArray(value);
    if (isObject) {
      // The enumerable fields, own ones first; engines know within such a loop whether a field is an own one.
      for (const key in holder) {
        if (isOwn.call(holder, key)) {
          if (key === "kind") {
            field = key;
            kind = holder[key];
          } else if (key === "content") {
            field = key;
            content = holder[key];
          } else {
            known = false;
          }
        }
      }
      field = "kind";
      if (kind === NOT_FOUND) {
        kind = isOwn.call(holder, field) ? holder.kind : undefined;
      }
      field = "content";
      if (content === NOT_FOUND) {
        content = isOwn.call(holder, field) ? holder.content : undefined;
      }
    }
  } catch (cause) {
    throw unreadable(field, cause);
  }
  if (!isObject) {
    throw noObject(value, kinds.argument);
  }
  if (kind === kinds.first) {
    target.code = kinds.firstCode;
  } else if (kind === kinds.second) {
    target.code = kinds.secondCode;
  } else {
    const problem = `must be "${kinds.first}" or "${kinds.second}"`;
    throw invalidRequest("kind", kind === undefined ? "is missing" : problem);
  }
  target.text = textValue(content, "content");
  if (!known) {
    refuseUnknownFields(holder, CONTENT_FIELDS, "", kinds.argument);
  }
}

export function readMutationOptions(target: OptionsTarget, value: unknown): void {
  if (value === undefined) {
    return;
  }
  const options = objectValue(value, "options");
  const operationId = ownField(options, "operationId", "operationId");
  if (operationId !== undefined) {
    target.operationId = idValue(operationId, "operationId");
  }
  target.signal = optionalSignal(ownField(options, "signal", "signal"), "signal");
}

export function readReason(value: unknown): string | undefined {
  return value === undefined ? undefined : textValue(value, "reason");
}
