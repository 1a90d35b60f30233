import { invalidRequest } from "../api/errors.js";
import { objectValue, ownField } from "../arguments/read.js";

/** What a host passes in by name, each read once, prototypes not trusted. Throws `invalid_request` with the path. */
export class HostOptions {
  readonly #options: object;

  constructor(options: unknown) {
    this.#options = objectValue(options, "options");
  }

  /** An object of the host's own making that has these methods. */
  object<T extends object>(name: string, methods: ReadonlyArray<keyof T & string>): T {
    const value = ownField(this.#options, name, name);
    const missing = methods.find((method) => typeof memberOf(value, method, name) !== "function");
    if (missing !== undefined) {
      throw invalidRequest(name, `must have the method ${missing}`);
    }
    return value as T;
  }

  /** One of `allowed`, or `absent`. */
  choice<T extends string, A>(name: string, allowed: readonly T[], absent: A): T | A {
    const value = ownField(this.#options, name, name);
    if (value !== undefined && !allowed.includes(value as T)) {
      throw invalidRequest(name, `must be one of ${allowed.join(", ")}`);
    }
    return value === undefined ? absent : (value as T);
  }

  /** A string that fits `pattern`, or `absent`. */
  text(name: string, pattern: RegExp, must: string, absent: string): string {
    const value = ownField(this.#options, name, name);
    if (value === undefined) {
      return absent;
    }
    if (typeof value !== "string" || !pattern.test(value)) {
      throw invalidRequest(name, must);
    }
    return value;
  }
}

/** What a value of the host's answers by a name; `undefined` where it has no members. */
function memberOf(value: unknown, member: string, path: string): unknown {
  if ((typeof value !== "object" && typeof value !== "function") || value === null) {
    return undefined;
  }
  try {
    return (value as Record<string, unknown>)[member];
  } catch (cause) {
    throw invalidRequest(path, "could not be read", { cause });
  }
}
