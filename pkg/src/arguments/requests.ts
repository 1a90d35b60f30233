import { invalidRequest } from "../api/errors.js";
import { INTENT_KINDS, NO_PAIRS, PROFILE_KINDS, WorkerRequest } from "../core/workers.js";
import {
  fieldPath,
  integerValue,
  isArray,
  objectValue,
  ownField,
  refuseUnknownFields,
  unreadable,
} from "./read.js";
import { textValue } from "./text.js";

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
    const field = (key: string): unknown => ownField(holder, key, key);
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
    const pairs: Array<string | undefined> = [];
    for (let i = 0; i < length; i++) {
      const itemPath = `${path}[${i}]`;
      const holder = objectValue(ownField(value, String(i), itemPath), itemPath);
      const name = this.text(holder, "name", itemPath);
      pairs.push(
        name,
        optional ? this.optionalText(holder, key, itemPath) : this.text(holder, key, itemPath),
      );
      refuseUnknownFields(holder, ["name", key], itemPath, itemPath);
    }
    return pairs;
  }

  private text(holder: object, key: string, prefix: string): string {
    const path = fieldPath(prefix, key);
    return this.counted(textValue(ownField(holder, key, path), path), path);
  }

  private optionalText(holder: object, key: string, prefix: string): string | undefined {
    const path = fieldPath(prefix, key);
    const value = ownField(holder, key, path);
    return value === undefined ? undefined : this.counted(textValue(value, path), path);
  }

  private counted(text: string, path: string): string {
    this.units += text.length;
    if (this.units > MAX_REQUEST_UNITS) {
      throw invalidRequest(path, "makes the request longer than 33554432 UTF-16 code units");
    }
    return text;
  }
}

/** The code of a kind: its place among all there are. */
function kindOf(holder: object, prefix: string, kinds: readonly string[]): number {
  const path = fieldPath(prefix, "kind");
  const kind = ownField(holder, "kind", path);
  if (typeof kind !== "string") {
    throw invalidRequest(path, kind === undefined ? "is missing" : "must be a string");
  }
  const code = kinds.indexOf(kind);
  if (code < 0) {
    throw invalidRequest(path, `must be one of ${kinds.join(", ")}`);
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
