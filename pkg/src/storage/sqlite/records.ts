import type { Records } from "../backend.js";
import type { OwnedCommit, OwnedRange } from "../checks.js";
import { StorageRejected } from "../contract.js";
import { isBusy, named } from "./failures.js";
import type { Statements, Tables } from "./tables.js";
import { transact } from "./transaction.js";

/** One store in the tables. */
export class SqliteRecords implements Records {
  readonly #tables: Tables;
  readonly #id: Uint8Array;

  constructor(tables: Tables, id: Uint8Array) {
    this.#tables = tables;
    this.#id = id;
  }

  head(): Promise<string | null> {
    return this.#tables.ask((statements) => this.#head(statements));
  }

  read({ gte, lt, limit }: OwnedRange): Promise<Array<[key: string, value: Uint8Array]>> {
    return this.#tables.ask((statements) => {
      // A negative limit is none.
      const most = limit === Number.POSITIVE_INFINITY ? -1 : limit;
      const rows = (statements?.read.all(this.#id, gte, lt, most) ?? []) as Array<{
        key: string;
        value: Uint8Array;
      }>;
      return rows.map(({ key, value }) => [key, new Uint8Array(value)]);
    });
  }

  commit(commit: OwnedCommit, creations: Set<string>): Promise<string | null> {
    return this.#tables.ask((statements) =>
      transact(
        this.#tables.database,
        () => this.#offer(statements, commit, creations),
        (error) => this.#afterFailure(error, commit, creations),
      ),
    );
  }

  #head(statements: Statements | undefined): string | null {
    const row = statements?.head.get(this.#id) as { head: string } | null | undefined;
    return row?.head ?? null;
  }

  /** Runs inside the transaction. */
  #offer(
    existing: Statements | undefined,
    { from, to, ops }: OwnedCommit,
    creations: Set<string>,
  ): string | null {
    const head = this.#head(existing);
    if (head !== from || (from === null && creations.has(to))) {
      return head;
    }
    const statements = existing ?? this.#tables.make();
    if (from === null) {
      statements.create.run(this.#id, to);
    } else {
      statements.move.run(to, this.#id);
    }
    for (const [key, value] of ops) {
      if (value === null) {
        statements.remove.run(this.#id, key);
      } else {
        statements.put.run(this.#id, key, value);
      }
    }
    if (from === null) {
      creations.add(to);
    }
    return to;
  }

  /** Answers or throws what is known after a COMMIT that has failed. */
  #afterFailure(error: unknown, { to }: OwnedCommit, creations: Set<string>): string {
    // For want of room or of a lock SQLite leaves everything as it was before. After any other failure what it has
    // written may count once somebody opens the database anew.
    if (isBusy(error)) {
      creations.delete(to);
    } else if (named(error) instanceof StorageRejected) {
      if (this.#head(this.#tables.find()) === to) {
        return to;
      }
      creations.delete(to);
    }
    throw error;
  }
}
