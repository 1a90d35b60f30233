import { invalidRequest } from "../api/errors.js";
import { isArray, objectValue, ownField, refuseUnknownFields, unreadable } from "./read.js";
import { optionalSignal, type Signal } from "./signals.js";
import { idValue, textValue } from "./text.js";

/** Where a Worker's ref is read to. */
export interface RefTarget {
  runtimeId: string;
  workerId: string;
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

/** Runs per message: nothing is allocated where the ref is as it should be. */
export function readRef(target: RefTarget, value: unknown): void {
  if (typeof value !== "object" || value === null || isArray(value, "worker")) {
    objectValue(value, "worker");
  }
  const holder = value as { runtimeId?: unknown; workerId?: unknown };
  let runtimeId: unknown;
  let workerId: unknown;
  let field = "runtimeId";
  try {
    if (Object.hasOwn(holder, "runtimeId")) {
      runtimeId = holder.runtimeId;
    }
    field = "workerId";
    if (Object.hasOwn(holder, "workerId")) {
      workerId = holder.workerId;
    }
  } catch (cause) {
    throw unreadable(field, cause);
  }
  target.runtimeId = textValue(runtimeId, "runtimeId");
  target.workerId = textValue(workerId, "workerId");
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

/** Runs per message: nothing is allocated where the input or output is as it should be. */
export function readContent(target: ContentTarget, kinds: ContentKinds, value: unknown): void {
  if (typeof value !== "object" || value === null || isArray(value, kinds.argument)) {
    objectValue(value, kinds.argument);
  }
  const holder = value as { kind?: unknown; content?: unknown };
  let kind: unknown;
  let content: unknown;
  let known = true;
  let field: string = "kind";
  try {
    if (Object.hasOwn(holder, "kind")) {
      kind = holder.kind;
    }
    field = "content";
    if (Object.hasOwn(holder, "content")) {
      content = holder.content;
    }
    field = kinds.argument;
    for (const key in holder) {
      known &&= key === "kind" || key === "content";
    }
  } catch (cause) {
    throw unreadable(field, cause);
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
