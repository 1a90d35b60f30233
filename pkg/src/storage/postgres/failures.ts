import { StorageRejected, type StorageRejectedCode } from "../contract.js";
import { StorageCorrupt } from "../corrupt.js";

/** Conditions of https://www.postgresql.org/docs/current/errcodes-appendix.html. */
const REFUSALS: Readonly<Record<string, StorageRejectedCode>> = {
  "42501": "denied", // insufficient_privilege
  "53100": "quota", // disk_full
  "53400": "quota", // configuration_limit_exceeded
  "54000": "too_large", // program_limit_exceeded
};

/** Another transaction was in the way: the statement has been undone and may be tried again at once. */
const PASSING = ["40001", "40P01"]; // serialization_failure, deadlock_detected

/** Somebody else has made the same thing at the same time. */
const MADE_MEANWHILE = ["23505", "42P06", "42P07", "42710", "XX000"]; // unique_violation, duplicate_*, internal_error

const CUT = /^08|^57P0[1-5]$/; // connection_exception, admin_shutdown and the like

const MISSING = ["42P01", "3F000"]; // undefined_table, invalid_schema_name
const DAMAGED = ["XX001", "XX002"]; // data_corrupted, index_corrupted
const READ_ONLY = "25006"; // read_only_sql_transaction

/**
 * The SQLSTATE that the server has sent; `undefined` where the connection, the pool or something else has failed. Those
 * have codes of the same form (`EPIPE`), and no severity.
 */
export function sqlState(error: unknown): string | undefined {
  const { code, severity } = (error ?? {}) as { code?: unknown; severity?: unknown };
  return typeof code === "string" && typeof severity === "string" ? code : undefined;
}

const is = (states: readonly string[]) => (error: unknown) => states.includes(sqlState(error) ?? "");

/** Whether the connection, and not the statement, has failed. What was sent may have been done. */
export function isCut(error: unknown): boolean {
  const state = sqlState(error);
  return state === undefined || CUT.test(state);
}

export const isPassing = is(PASSING);
export const isMadeMeanwhile = is([...MADE_MEANWHILE, ...PASSING]);
export const isMissing = is(MISSING);
export const isReadOnly = is([READ_ONLY]);

/** What the contract calls a failure; the failure itself where it has no name for it. */
export function named(error: unknown): unknown {
  if (is(DAMAGED)(error)) {
    return new StorageCorrupt("the database is damaged", { cause: error });
  }
  // Each of these has undone its statement before anything was committed. Of a connection that was lost, or a server that
  // goes down (57P01 and the like), nothing is known: it may have committed before it could say so.
  const refusal = REFUSALS[sqlState(error) ?? ""];
  return refusal === undefined ? error : new StorageRejected(refusal, { cause: error });
}
