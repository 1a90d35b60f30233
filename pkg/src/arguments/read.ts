import { invalidRequest, type RuntimeError } from "../api/errors.js";

/**
 * Getters and proxies may call back into the runtime. Each such call runs on the caller's stack, so that its depth
 * is bounded: a module must not be entered where the stack is about to end.
 */
const MAX_NESTED_READS = 16;
let nestedReads = 0;

/** Called before the arguments of a call are read; every successful call is followed by one of `leave`. */
export function enter(): void {
  if (nestedReads >= MAX_NESTED_READS) {
    throw invalidRequest("arguments", "call back into the runtime too deeply");
  }
  nestedReads += 1;
}

export function leave(): void {
  nestedReads -= 1;
}

/** Reads the arguments of a call that is not made per message. */
export function reading<T>(read: () => T): T {
  enter();
  try {
    return read();
  } finally {
    leave();
  }
}

export function unreadable(path: string, cause: unknown): RuntimeError {
  return invalidRequest(path, "could not be read", { cause });
}

/**
 * A snapshot for the core or for a host, who ask it for fields that it does not have: those of a prototype are not to be
 * found.
 */
export function snapshot<T extends object>(fields: T): T {
  return Object.setPrototypeOf(fields, null) as T;
}

/**
 * The path of a field; fields of an argument itself have no prefix. Where `item` is given it is that of an item of the
 * list `prefix`. Made for what is refused: a request may have many items, and most are as they should be.
 */
export function fieldPath(prefix: string, key: string, item?: number): string {
  return prefix === "" ? key : `${itemPath(prefix, item)}.${key}`;
}

/** The path of an item of a list, or of the list itself. */
export function itemPath(list: string, item: number | undefined): string {
  return item === undefined ? list : `${list}[${item}]`;
}

/** Checks that `value` is an object whose own fields can be asked for: no list, no function. */
export function objectValue(value: unknown, path: string, item?: number): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || isArray(value, path, item)) {
    throw noObject(value, itemPath(path, item));
  }
  return value as Record<string, unknown>;
}

export function noObject(value: unknown, path: string): RuntimeError {
  return invalidRequest(path, value === undefined ? "is missing" : "must be an object");
}

/** Asking a revoked proxy whether it is a list throws. */
export function isArray(value: unknown, path: string, item?: number): value is readonly unknown[] {
  try {
    return Array.isArray(value);
  } catch (cause) {
    throw unreadable(itemPath(path, item), cause);
  }
}

/** For what is read often: engines make less of `Object.hasOwn`. */
export const isOwn = Object.prototype.hasOwnProperty;

/** The value of an own field, read once; `undefined` where there is none. */
export function ownField(holder: object, key: string, path: string): unknown {
  try {
    return Object.hasOwn(holder, key) ? (holder as Record<string, unknown>)[key] : undefined;
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

/** Refuses a request, input or output with an own enumerable field that is not in `known`, unless it is `undefined`. */
export function refuseUnknownFields(
  holder: object,
  known: readonly string[],
  prefix: string,
  name: string,
  item?: number,
): void {
  let unknown: string | undefined;
  try {
    for (const key in holder) {
      if (
        !known.includes(key) &&
        Object.hasOwn(holder, key) &&
        (holder as Record<string, unknown>)[key] !== undefined
      ) {
        unknown = key;
        break;
      }
    }
  } catch (cause) {
    throw unreadable(prefix === "" ? name : itemPath(prefix, item), cause);
  }
  if (unknown !== undefined) {
    throw unknownField(fieldPath(prefix, unknown, item));
  }
}

/** A field's name comes from the caller and ends in a message: it is cut and made well-formed. */
export function unknownField(path: string): RuntimeError {
  return invalidRequest(path.slice(0, 200).replace(/\p{Surrogate}/gu, "\ufffd"), "is an unknown field");
}

/** Checks that `value` is an integer from 0 to 2^53 − 1; negative zero is zero. */
export function integerValue(value: unknown, path: string): number {
  if (!Number.isSafeInteger(value) || (value as number) < 0) {
    throw invalidRequest(
      path,
      value === undefined ? "is missing" : "must be an integer from 0 to 9007199254740991",
    );
  }
  return (value as number) + 0;
}

/** Checks that `value` is a boolean, or absent. */
export function optionalBoolean(value: unknown, path: string, absent: boolean): boolean {
  if (value === undefined) {
    return absent;
  }
  if (typeof value !== "boolean") {
    throw invalidRequest(path, "must be true or false");
  }
  return value;
}
