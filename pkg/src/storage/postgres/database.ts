import { type RuntimeStore, StorageRejected } from "../contract.js";
import { isCut, isMadeMeanwhile, isMissing, isPassing, isReadOnly, named, sqlState } from "./failures.js";
import type { PostgresPool } from "./pool.js";
import { type Names, namesOf, type Statements, schemaOf, statementsOf } from "./statements.js";

/** How often a statement is tried that others were in the way of. */
const ATTEMPTS = 8;
const LONGEST_PAUSE_MS = 20;

const pause = () => new Promise((resolve) => setTimeout(resolve, Math.random() * LONGEST_PAUSE_MS));

/** As the server tells them; `null` what it does not know. */
interface Settings {
  synchronous_commit: string | null;
  fsync: string | null;
  full_page_writes: string | null;
  logged: boolean | null;
}

/** The adapter's tables behind a pool. What its methods reject with is what the contract calls the failure. */
export class Database {
  readonly #pool: PostgresPool;
  readonly #names: Names;
  readonly #statements: Statements;

  constructor(pool: PostgresPool, schema: string, table: string) {
    this.#pool = pool;
    this.#names = namesOf(schema, table);
    this.#statements = statementsOf(this.#names);
  }

  /** The rows of a question; none where nobody has made the tables yet. */
  async ask<R>(name: keyof Statements, ...values: unknown[]): Promise<R[]> {
    try {
      return await this.#query<R>(name, values).catch((error) => {
        if (!isCut(error)) {
          throw error;
        }
        // It may have been broken for long: a pool notices when it is used. Asking twice does no harm.
        return this.#query<R>(name, values);
      });
    } catch (error) {
      if (isMissing(error)) {
        return [];
      }
      throw await this.#named(error);
    }
  }

  /** The rows of what changes something; `undefined` where nobody has made the tables yet. */
  async change<R>(name: keyof Statements, ...values: unknown[]): Promise<R[] | undefined> {
    try {
      return await this.#query<R>(name, values);
    } catch (error) {
      if (isMissing(error)) {
        return undefined;
      }
      throw await this.#named(error);
    }
  }

  /** Makes what is missing of the tables. */
  async makeTables(): Promise<void> {
    const [schema, ...tables] = schemaOf(this.#names) as [string, ...string[]];
    try {
      for (const table of tables) {
        await this.#untilThrough(isMadeMeanwhile, () =>
          this.#pool.query(table, []).catch(async (error) => {
            if (!isMissing(error)) {
              throw error;
            }
            await this.#pool.query(schema, []);
            return this.#pool.query(table, []);
          }),
        );
      }
    } catch (error) {
      throw await this.#named(error);
    }
  }

  /**
   * What a commit survives by the settings of the server, as they apply to this pool's role and database.
   * https://www.postgresql.org/docs/current/wal-async-commit.html
   */
  async durability(): Promise<RuntimeStore["durability"]> {
    let settings: Settings | undefined;
    try {
      [settings] = await this.ask<Settings>("settings", this.#names.stores, this.#names.records);
    } catch (error) {
      // An engine that only speaks the protocol may not know the question.
      if (!sqlState(error)?.startsWith("42")) {
        throw error;
      }
    }
    if (settings?.logged === false) {
      return "memory";
    }
    const flushes = (settings?.synchronous_commit ?? "off") !== "off";
    const { fsync, full_page_writes: wholePages } = settings ?? {};
    return flushes && fsync === "on" && wholePages === "on" ? "power-loss" : "process-crash";
  }

  #query<R>(name: keyof Statements, values: unknown[]): Promise<R[]> {
    return this.#untilThrough(isPassing, async () => {
      const { rows } = await this.#pool.query(this.#statements[name], values);
      return rows as R[];
    });
  }

  async #untilThrough<T>(passes: (error: unknown) => boolean, step: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await step();
      } catch (error) {
        if (!passes(error) || attempt === ATTEMPTS) {
          throw error;
        }
      }
      await pause();
    }
  }

  /** A server that was demoted may be the first again, or another is: that passes. One that may not be written does not. */
  async #named(error: unknown): Promise<unknown> {
    if (!isReadOnly(error)) {
      return named(error);
    }
    const [row] = await this.#query<{ standby: boolean }>("standby", []).catch(() => []);
    return row?.standby === false ? new StorageRejected("denied", { cause: error }) : error;
  }
}
