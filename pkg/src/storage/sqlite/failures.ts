import { StorageLost, StorageRejected, type StorageRejectedCode } from "../contract.js";
import { StorageCorrupt } from "../corrupt.js";

/** The result codes of https://www.sqlite.org/rescode.html that make a difference here. */
const CODES = {
  PERM: 3,
  BUSY: 5,
  LOCKED: 6,
  READONLY: 8,
  CORRUPT: 11,
  FULL: 13,
  TOOBIG: 18,
  AUTH: 23,
  NOTADB: 26,
} as const;

/** READONLY with its extension in the second byte. */
const READONLY_DBMOVED = 1032;

const REFUSALS: Readonly<Record<number, StorageRejectedCode>> = {
  [CODES.FULL]: "quota",
  [CODES.TOOBIG]: "too_large",
  [CODES.PERM]: "denied",
  [CODES.READONLY]: "denied",
  [CODES.AUTH]: "denied",
};

/** SQLite's result code, extended where the host tells that; 0 where this is no error of SQLite's. */
function resultCode(error: unknown): number {
  const { errcode, errno, code } = (error ?? {}) as { errcode?: unknown; errno?: unknown; code?: unknown };
  // node:sqlite has it as `errcode`, bun:sqlite as `errno`; better-sqlite3 has its name alone.
  const number = [errcode, errno].find((value) => typeof value === "number");
  if (number !== undefined) {
    return number as number;
  }
  const name = typeof code === "string" ? code : "";
  const plain = /^SQLITE_([A-Z]+)/.exec(name)?.[1] ?? "";
  if (!Object.hasOwn(CODES, plain)) {
    return 0;
  }
  return name === "SQLITE_READONLY_DBMOVED" ? READONLY_DBMOVED : CODES[plain as keyof typeof CODES];
}

/** The low byte of an extended code is the plain one. */
const plainCode = (error: unknown): number => resultCode(error) & 0xff;

/** Whether another connection is in the way: nothing has happened, and later it may. */
export function isBusy(error: unknown): boolean {
  const code = plainCode(error);
  return code === CODES.BUSY || code === CODES.LOCKED;
}

/** What the contract calls a failure; the failure itself where it has no name for it. */
export function named(error: unknown): unknown {
  if (resultCode(error) === READONLY_DBMOVED) {
    return new StorageLost("the database file is not where it was", { cause: error });
  }
  const code = plainCode(error);
  if (code === CODES.CORRUPT || code === CODES.NOTADB) {
    return new StorageCorrupt("the database is damaged", { cause: error });
  }
  const refusal = REFUSALS[code];
  return refusal === undefined ? error : new StorageRejected(refusal, { cause: error });
}
