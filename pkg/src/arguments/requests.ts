import { invalidRequest } from "../api/errors.js";
import { INTENT_KINDS, NO_PAIRS, PROFILE_KINDS, WorkerRequest } from "../core/workers.js";
import {
  fieldPath,
  integerValue,
  isArray,
  isOwn,
  itemPath,
  objectValue,
  refuseUnknownFields,
  unreadable,
} from "./read.js";
import { textProblem } from "./text.js";

/** A list of a create request has at most this many items. */
export const MAX_LIST_ITEMS = 65_536;
/** The strings of one create request have at most this many UTF-16 code units together. */
export const MAX_REQUEST_UNITS = 32 * 1024 * 1024;

const REQUEST_FIELDS = [
  "intent",
  "profile",
  "configBundle",
  "requestedCapabilities",
  "workspaceRefs",
  "mountRefs",
] as const;

/** The field of each kind of intent that must be there. */
const INTENT_SUBJECTS = ["", "objective", "role"] as const;

/** Reads one create request. Where something is blank is for the core to find. */
export class RequestReader {
  private readonly request = new WorkerRequest();
  private units = 0;

  read(value: unknown): WorkerRequest {
    const { request } = this;
    const holder = objectValue(value, "request");
    const field = (key: string): unknown => fieldOf(holder, key, "");
    const intent = field("intent");
    if (intent !== undefined) {
      this.intent(intent);
    }
    const profile = field("profile");
    if (profile !== undefined) {
      this.profile(profile);
    }
    const configBundle = field("configBundle");
    if (configBundle !== undefined) {
      request.bundleId = this.only(configBundle, "configBundle", "id");
    }
    request.capabilities = this.list(field("requestedCapabilities"), "requestedCapabilities", "reason", true);
    request.workspaces = this.list(field("workspaceRefs"), "workspaceRefs", "reference", false);
    request.mounts = this.list(field("mountRefs"), "mountRefs", "reference", false);
    refuseUnknownFields(holder, REQUEST_FIELDS, "", "request");
    request.units += this.units;
    request.countPairs();
    return request;
  }

  private intent(value: unknown): void {
    const { request } = this;
    const holder = objectValue(value, "intent");
    const code = kindOf(holder, "intent", INTENT_KINDS);
    const fields = ["kind"];
    request.intent = code;
    if (code > 0) {
      const subject = INTENT_SUBJECTS[code] as string;
      request.subject = this.text(holder, subject, "intent");
      fields.push(subject);
    }
    if (code !== 1) {
      request.purpose = this.optionalText(holder, "purpose", "intent");
      fields.push("purpose");
    }
    refuseUnknownFields(holder, fields, "intent", "intent");
  }

  private profile(value: unknown): void {
    const { request } = this;
    const holder = objectValue(value, "profile");
    const code = kindOf(holder, "profile", PROFILE_KINDS);
    request.profile = code;
    if (code > 0) {
      request.profileValue = this.text(holder, "value", "profile");
    }
    refuseUnknownFields(holder, code > 0 ? ["kind", "value"] : ["kind"], "profile", "profile");
  }

  /** The text of an object that has nothing else. */
  private only(value: unknown, path: string, key: string): string {
    const holder = objectValue(value, path);
    const text = this.text(holder, key, path);
    refuseUnknownFields(holder, [key], path, path);
    return text;
  }

  /** The names of the items of a list, each followed by its text `key`. */
  private list(value: unknown, path: string, key: string, optional: boolean): typeof NO_PAIRS {
    if (value === undefined) {
      return NO_PAIRS;
    }
    if (!isArray(value, path)) {
      throw invalidRequest(path, "must be a list");
    }
    const length = integerValue(lengthOf(value, path), `${path}.length`);
    if (length > MAX_LIST_ITEMS) {
      throw invalidRequest(path, `has more than ${MAX_LIST_ITEMS} items`);
    }
    const fields = ["name", key];
    const pairs: Array<string | undefined> = [];
    for (let i = 0; i < length; i++) {
      const holder = objectValue(itemOf(value, path, i), path, i);
      pairs.push(this.text(holder, "name", path, i));
      pairs.push(optional ? this.optionalText(holder, key, path, i) : this.text(holder, key, path, i));
      refuseUnknownFields(holder, fields, path, path, i);
    }
    return pairs;
  }

  private text(holder: object, key: string, prefix: string, item?: number): string {
    const text = this.optionalText(holder, key, prefix, item);
    if (text === undefined) {
      throw invalidRequest(fieldPath(prefix, key, item), "is missing");
    }
    return text;
  }

  private optionalText(holder: object, key: string, prefix: string, item?: number): string | undefined {
    const value = fieldOf(holder, key, prefix, item);
    if (value === undefined) {
      return undefined;
    }
    const problem = textProblem(value) ?? this.count(value as string);
    if (problem !== undefined) {
      throw invalidRequest(fieldPath(prefix, key, item), problem);
    }
    return value as string;
  }

  /** Counts a text; says what is wrong where it is too much. */
  private count(text: string): string | undefined {
    this.units += text.length;
    return this.units > MAX_REQUEST_UNITS
      ? "makes the request longer than 33554432 UTF-16 code units"
      : undefined;
  }
}

/** The value of an own field of an object, or of an item of a list, read once; `undefined` where there is none. */
function fieldOf(holder: object, key: string, prefix: string, item?: number): unknown {
  try {
    return isOwn.call(holder, key) ? (holder as Record<string, unknown>)[key] : undefined;
  } catch (cause) {
    throw unreadable(fieldPath(prefix, key, item), cause);
  }
}

/** An item of a list, read once; `undefined` where there is none. */
function itemOf(list: readonly unknown[], path: string, item: number): unknown {
  try {
    return isOwn.call(list, item) ? list[item] : undefined;
  } catch (cause) {
    throw unreadable(itemPath(path, item), cause);
  }
}

/** The code of a kind: its place among all there are. */
function kindOf(holder: object, prefix: string, kinds: readonly string[]): number {
  const kind = fieldOf(holder, "kind", prefix);
  if (typeof kind !== "string") {
    throw invalidRequest(fieldPath(prefix, "kind"), kind === undefined ? "is missing" : "must be a string");
  }
  const code = kinds.indexOf(kind);
  if (code < 0) {
    throw invalidRequest(fieldPath(prefix, "kind"), `must be one of ${kinds.join(", ")}`);
  }
  return code;
}

function lengthOf(list: readonly unknown[], path: string): unknown {
  try {
    return list.length;
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

export function readCreateRequest(value: unknown): WorkerRequest {
  return value === undefined ? new WorkerRequest() : new RequestReader().read(value);
}
