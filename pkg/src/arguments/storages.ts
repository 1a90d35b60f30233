import { invalidRequest } from "../api/errors.js";
import { objectValue, ownField, unreadable } from "./read.js";
import { textValue } from "./text.js";

/** A snapshot of the options of `nodeFsStorage`. */
export interface NodeFsArguments {
  readonly directory: string;
}

export function readNodeFsOptions(value: unknown): NodeFsArguments {
  const directory = textValue(ownField(objectValue(value, "options"), "directory", "directory"), "directory");
  if (directory === "" || directory.includes("\0")) {
    throw invalidRequest("directory", "must be a path");
  }
  return { directory };
}

/** A snapshot of the options of `indexedDbStorage` with the defaults filled in. */
export interface IndexedDbArguments {
  readonly databaseName: string;
  readonly durability: "strict" | "relaxed";
  readonly indexedDB: IDBFactory | undefined;
}

export function readIndexedDbOptions(value: unknown): IndexedDbArguments {
  const options = value === undefined ? {} : objectValue(value, "options");
  const databaseName = ownField(options, "databaseName", "databaseName");
  const durability = ownField(options, "durability", "durability");
  if (durability !== undefined && durability !== "strict" && durability !== "relaxed") {
    throw invalidRequest("durability", 'must be "strict" or "relaxed"');
  }
  return {
    databaseName: databaseName === undefined ? "worker-runtime" : textValue(databaseName, "databaseName"),
    durability: durability ?? "strict",
    indexedDB: factoryValue(ownField(options, "indexedDB", "indexedDB")),
  };
}

/** Recognised by what it can do: it may be of another realm, or no browser's. */
function factoryValue(value: unknown): IDBFactory | undefined {
  if (value === undefined) {
    return undefined;
  }
  if (typeof value === "object" && value !== null) {
    try {
      if (typeof (value as { open?: unknown }).open === "function") {
        return value as IDBFactory;
      }
    } catch (cause) {
      throw unreadable("indexedDB", cause);
    }
  }
  throw invalidRequest("indexedDB", "must be an IDBFactory");
}
