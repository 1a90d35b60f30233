import { StorageRejected, type StorageRejectedCode } from "../contract.js";
import { codeOf } from "./disk.js";

/**
 * What is in the files is not what was written: a flipped bit, a cut, a swapped or missing file. Nothing is changed
 * by finding it. Recognised by `name` ("StorageCorrupt").
 */
export class StorageCorrupt extends Error {
  override readonly name = "StorageCorrupt";
  /** The file, or the directory of the store. */
  readonly path: string;
  /** Where in the file, in bytes; absent where no one place is to blame. */
  readonly offset: number | undefined;
  /** The key whose value is broken; absent where the damage is not in one value. */
  readonly key: string | undefined;

  constructor(message: string, where: { path: string; offset?: number; key?: string }) {
    super(`${message} (${where.path}${where.offset === undefined ? "" : `, byte ${where.offset}`})`);
    this.path = where.path;
    this.offset = where.offset;
    this.key = where.key;
  }
}

const REFUSALS: Readonly<Record<string, StorageRejectedCode>> = {
  ENOSPC: "quota",
  EDQUOT: "quota",
  EFBIG: "too_large",
  EACCES: "denied",
  EPERM: "denied",
  EROFS: "denied",
};

/** The refusal that a failed system call stands for, `undefined` where it may have done something. */
export function refusalOf(error: unknown): StorageRejected | undefined {
  const code = REFUSALS[codeOf(error) ?? ""];
  return code === undefined ? undefined : new StorageRejected(code, { cause: error });
}
