import { invalidRequest } from "../api/errors.js";
import type { WorkerRef } from "../api/identity.js";
import { isOwn, noObject, objectValue, ownField, refuseUnknownFields, unreadable } from "./read.js";
import { optionalSignal, type Signal } from "./signals.js";
import { idValue, textValue } from "./text.js";

/** The Worker that a ref names: by its number where it is known, otherwise by the ids that were given. */
export type Target = number | WorkerRef;

/** The Workers of a runtime. */
export interface KnownWorkers {
  /** The number of a Worker, 0 where these are not the ids of one that is known. */
  number(runtimeId: unknown, workerId: unknown): number;
  /** The ref of the Worker of a number, made fresh. */
  ref(number: number): WorkerRef;
}

/** What a caller asks of a mutation besides the mutation itself. */
export interface MutationSettings {
  readonly operationId: string | undefined;
  readonly signal: Signal | undefined;
}

const plain = Object.prototype;

/** Runs per message: nothing is allocated where the ref is as it should be. */
export function readRef(value: unknown, known: KnownWorkers): Target {
  let runtimeId: unknown;
  let workerId: unknown;
  let isObject = typeof value === "object" && value !== null;
  let field = "worker";
  try {
    isObject &&= !Array.isArray(value);
    if (isObject) {
      const holder = value as { runtimeId?: unknown; workerId?: unknown };
      field = "runtimeId";
      runtimeId = holder.runtimeId;
      field = "workerId";
      workerId = holder.workerId;
      // Engines know what they have just read is of a plain object, and what is not in their prototype; they take longer
      // to say whether a field is an own one.
      if (Object.getPrototypeOf(holder) !== plain || "runtimeId" in plain || "workerId" in plain) {
        runtimeId = isOwn.call(holder, "runtimeId") ? runtimeId : undefined;
        workerId = isOwn.call(holder, field) ? workerId : undefined;
      }
    }
  } catch (cause) {
    throw unreadable(field, cause);
  }
  if (!isObject) {
    throw noObject(value, "worker");
  }
  const worker = known.number(runtimeId, workerId);
  // The ids of a known Worker are texts that need no check.
  return worker > 0
    ? worker
    : { runtimeId: textValue(runtimeId, "runtimeId"), workerId: textValue(workerId, "workerId") };
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

/** The role's code, as the core numbers it, of the input or output that was read last. */
export let latestRole = 0;

/** Runs per message: nothing is allocated where the input or output is as it should be. Its role is `latestRole`. */
export function readContent(kinds: ContentKinds, value: unknown): string {
  let kind: unknown;
  let content: unknown;
  let known = true;
  let isObject = typeof value === "object" && value !== null;
  let field: string = kinds.argument;
  const holder = value as { kind?: unknown; content?: unknown };
  try {
    isObject &&= !Array.isArray(value);
    if (isObject) {
      field = "kind";
      kind = holder.kind;
      field = "content";
      content = holder.content;
      field = kinds.argument;
      // As of a ref.
      let isPlain = Object.getPrototypeOf(holder) === plain && !("kind" in plain || "content" in plain);
      let found = 0;
      // Inherited ones as well: whoever has others is looked at again.
      for (const key in holder) {
        if (key === "kind" || key === "content") {
          found += 1;
        } else {
          known = false;
        }
      }
      // A proxy may tell of a field, and of a prototype, that it does not have.
      isPlain &&= found === 2;
      if (!isPlain) {
        kind = isOwn.call(holder, "kind") ? kind : undefined;
        content = isOwn.call(holder, "content") ? content : undefined;
      }
    }
  } catch (cause) {
    throw unreadable(field, cause);
  }
  if (!isObject) {
    throw noObject(value, kinds.argument);
  }
  if (kind !== kinds.first && kind !== kinds.second) {
    const problem = `must be "${kinds.first}" or "${kinds.second}"`;
    throw invalidRequest("kind", kind === undefined ? "is missing" : problem);
  }
  const text = textValue(content, "content");
  if (!known) {
    refuseUnknownFields(holder, CONTENT_FIELDS, "", kinds.argument);
  }
  latestRole = kind === kinds.first ? kinds.firstCode : kinds.secondCode;
  return text;
}

/** `undefined` where nothing is asked for. */
export function readMutationOptions(value: unknown): MutationSettings | undefined {
  if (value === undefined) {
    return undefined;
  }
  const options = objectValue(value, "options");
  const given = ownField(options, "operationId", "operationId");
  const operationId = given === undefined ? undefined : idValue(given, "operationId");
  const signal = optionalSignal(ownField(options, "signal", "signal"), "signal");
  return operationId === undefined && signal === undefined ? undefined : { operationId, signal };
}

export function readReason(value: unknown): string | undefined {
  return value === undefined ? undefined : textValue(value, "reason");
}
