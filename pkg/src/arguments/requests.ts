import type {
  CapabilityRequest,
  ConfigBundleRef,
  CreateWorkerRequest,
  ProfileSelector,
  ResourceRef,
  WorkerIntent,
} from "../api/catalog.js";
import { invalidRequest } from "../api/errors.js";
import {
  fieldPath,
  integerValue,
  isArray,
  objectValue,
  ownField,
  refuseUnknownFields,
  snapshot,
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

const INTENT_FIELDS = {
  assistant: ["kind", "purpose"],
  task: ["kind", "objective"],
  role: ["kind", "role", "purpose"],
} as const;

const PROFILE_FIELDS = {
  runtime_default: ["kind"],
  builtin: ["kind", "value"],
  named: ["kind", "value"],
} as const;

/** Reads one create request. Where something is blank is for the core to find. */
class RequestReader {
  private units = 0;

  read(value: unknown): CreateWorkerRequest {
    const holder = objectValue(value, "request");
    const request: CreateWorkerRequest = snapshot({});
    const intent = ownField(holder, "intent", "intent");
    if (intent !== undefined) {
      request.intent = this.intent(intent);
    }
    const profile = ownField(holder, "profile", "profile");
    if (profile !== undefined) {
      request.profile = this.profile(profile);
    }
    const configBundle = ownField(holder, "configBundle", "configBundle");
    if (configBundle !== undefined) {
      request.configBundle = this.configBundle(configBundle);
    }
    const capabilities = ownField(holder, "requestedCapabilities", "requestedCapabilities");
    if (capabilities !== undefined) {
      request.requestedCapabilities = this.list(capabilities, "requestedCapabilities", (item, path) =>
        this.capability(item, path),
      );
    }
    for (const key of ["workspaceRefs", "mountRefs"] as const) {
      const refs = ownField(holder, key, key);
      if (refs !== undefined) {
        request[key] = this.list(refs, key, (item, path) => this.resource(item, path));
      }
    }
    refuseUnknownFields(holder, REQUEST_FIELDS, "", "request");
    return request;
  }

  private intent(value: unknown): WorkerIntent {
    const holder = objectValue(value, "intent");
    const kind = kindOf(holder, "intent", INTENT_FIELDS);
    let intent: WorkerIntent;
    if (kind === "task") {
      intent = snapshot({ kind, objective: this.text(holder, "objective", "intent") });
    } else {
      intent = snapshot(kind === "role" ? { kind, role: this.text(holder, "role", "intent") } : { kind });
      const purpose = this.optionalText(holder, "purpose", "intent");
      if (purpose !== undefined) {
        intent.purpose = purpose;
      }
    }
    refuseUnknownFields(holder, INTENT_FIELDS[kind], "intent", "intent");
    return intent;
  }

  private profile(value: unknown): ProfileSelector {
    const holder = objectValue(value, "profile");
    const kind = kindOf(holder, "profile", PROFILE_FIELDS);
    const profile: ProfileSelector = snapshot(
      kind === "runtime_default" ? { kind } : { kind, value: this.text(holder, "value", "profile") },
    );
    refuseUnknownFields(holder, PROFILE_FIELDS[kind], "profile", "profile");
    return profile;
  }

  private configBundle(value: unknown): ConfigBundleRef {
    const holder = objectValue(value, "configBundle");
    const bundle = snapshot({ id: this.text(holder, "id", "configBundle") });
    refuseUnknownFields(holder, ["id"], "configBundle", "configBundle");
    return bundle;
  }

  private capability(value: unknown, path: string): CapabilityRequest {
    const holder = objectValue(value, path);
    const capability: CapabilityRequest = snapshot({ name: this.text(holder, "name", path) });
    const reason = this.optionalText(holder, "reason", path);
    if (reason !== undefined) {
      capability.reason = reason;
    }
    refuseUnknownFields(holder, ["name", "reason"], path, path);
    return capability;
  }

  private resource(value: unknown, path: string): ResourceRef {
    const holder = objectValue(value, path);
    const resource = snapshot({
      name: this.text(holder, "name", path),
      reference: this.text(holder, "reference", path),
    });
    refuseUnknownFields(holder, ["name", "reference"], path, path);
    return resource;
  }

  private list<T>(value: unknown, path: string, item: (value: unknown, path: string) => T): T[] {
    if (!isArray(value, path)) {
      throw invalidRequest(path, "must be a list");
    }
    const length = integerValue(lengthOf(value, path), `${path}.length`);
    if (length > MAX_LIST_ITEMS) {
      throw invalidRequest(path, `has more than ${MAX_LIST_ITEMS} items`);
    }
    const items: T[] = [];
    for (let i = 0; i < length; i++) {
      const itemPath = `${path}[${i}]`;
      items.push(item(ownField(value, String(i), itemPath), itemPath));
    }
    return items;
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

function kindOf<K extends string>(holder: object, prefix: string, kinds: Readonly<Record<K, unknown>>): K {
  const path = fieldPath(prefix, "kind");
  const kind = ownField(holder, "kind", path);
  if (typeof kind !== "string") {
    throw invalidRequest(path, kind === undefined ? "is missing" : "must be a string");
  }
  if (!Object.hasOwn(kinds, kind)) {
    throw invalidRequest(path, `must be one of ${Object.keys(kinds).join(", ")}`);
  }
  return kind as K;
}

function lengthOf(list: readonly unknown[], path: string): unknown {
  try {
    return list.length;
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

export function readCreateRequest(value: unknown): CreateWorkerRequest {
  return value === undefined ? snapshot({}) : new RequestReader().read(value);
}
