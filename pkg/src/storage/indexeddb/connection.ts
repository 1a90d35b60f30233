import { StorageLost, StorageRejected } from "../contract.js";
import type { Place } from "./place.js";
import { Pool } from "./pool.js";

/** The one object store; the database stays at version 1 for ever. */
const RECORDS = "records";
const TICK_MS = 500;
/** An open that has no answer after this many ticks is given up. */
const TICKS = 10;
/** How long evidence of loss is left to stand before it is looked at again. */
const SECOND_LOOK_MS = 200;

/** What runs inside one transaction. It says its answer once; what it throws in a step aborts and rejects. */
export type Body<T> = (
  records: IDBObjectStore,
  step: <R>(request: IDBRequest<R>, next: (result: R) => void) => void,
  answer: (value: T) => void,
) => void;

/** Refused by the host for want of room, at the request or at the commit; the message may be empty. */
export function isQuota(error: unknown): boolean {
  return (error as Error | null)?.name === "QuotaExceededError";
}

/**
 * A connection that is opened when it is first needed, given up when the browser takes it away, and opened again
 * by the next use.
 */
export class Connection {
  readonly #place: Place;
  readonly #disturb: () => void;
  #closed = false;
  #pool: Pool | undefined;
  #database: Promise<IDBDatabase> | undefined;
  #renewed: Promise<void> | undefined;

  /** `disturb` is called where the browser or another page took the connection away. */
  constructor(place: Place, disturb: () => void = () => {}) {
    this.#place = place;
    this.#disturb = disturb;
  }

  /** Opens the database. Rejects with the reason of `signal`, with `StorageRejected`, or after 5 s. */
  async open(signal?: AbortSignal): Promise<void> {
    await this.#connect(signal);
  }

  /** Prepares a connection for writing; the first write does it where nobody did before. */
  renew(): Promise<void> {
    this.#renewed ??= this.#pool?.renewLog(this.#place) ?? Promise.resolve();
    return this.#renewed;
  }

  /**
   * Runs `body` in a transaction and answers once that is complete, or at once where it only reads. Where it fails
   * otherwise than by what is certain, the connection is opened anew and `body` runs a second time, so it has to be
   * harmless twice.
   */
  async run<T>(mode: IDBTransactionMode, body: Body<T>): Promise<T> {
    for (let first = true; ; first = false) {
      const connecting = this.#connect();
      const database = await connecting;
      if (mode === "readwrite") {
        await this.renew();
      }
      try {
        return await this.#transact(database, mode, body);
      } catch (error) {
        if (!first || this.#closed || isQuota(error)) {
          throw error;
        }
        if (error instanceof StorageLost) {
          // Another tab's removal of a witness arrives a moment after its deletion does.
          await new Promise((resolve) => setTimeout(resolve, SECOND_LOOK_MS));
        } else {
          this.#drop(connecting, database);
        }
      }
    }
  }

  /** Transactions under way are completed. */
  close(): void {
    this.#closed = true;
    const connecting = this.#database;
    this.#database = undefined;
    connecting?.then(
      (database) => this.#pool?.put(database),
      () => {},
    );
  }

  #transact<T>(database: IDBDatabase, mode: IDBTransactionMode, body: Body<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const transaction = database.transaction(RECORDS, mode, { durability: this.#place.durability });
      let result: T;
      let failure: unknown;
      transaction.oncomplete = () => resolve(result);
      transaction.onabort = () =>
        reject(failure ?? transaction.error ?? new Error("the transaction was aborted"));
      body(
        transaction.objectStore(RECORDS),
        (request, next) => {
          request.onsuccess = () => {
            try {
              next(request.result);
            } catch (error) {
              failure = error;
              transaction.abort();
            }
          };
        },
        (value) => {
          if (mode === "readonly") {
            resolve(value);
            return;
          }
          result = value;
          transaction.commit?.();
        },
      );
    });
  }

  #connect(signal?: AbortSignal): Promise<IDBDatabase> {
    if (this.#closed) {
      return Promise.reject(new Error("this handle is closed"));
    }
    if (this.#database === undefined) {
      const opening = this.#begin(signal);
      this.#database = opening;
      this.#renewed = undefined;
      const forget = () => {
        if (this.#database === opening) {
          this.#database = undefined;
        }
      };
      opening.then(
        (database) => {
          this.#pool?.use(database, () => {
            forget();
            this.#disturb();
          });
        },
        () => {
          this.#pool?.end();
          forget();
        },
      );
    }
    return this.#database;
  }

  async #begin(signal?: AbortSignal): Promise<IDBDatabase> {
    const factory = factoryOf(this.#place);
    this.#pool = Pool.of(factory);
    return (
      this.#pool.take(this.#place.databaseName) ?? openDatabase(factory, this.#place.databaseName, signal)
    );
  }

  #drop(connecting: Promise<IDBDatabase>, database: IDBDatabase): void {
    this.#pool?.fail(database);
    // Another call may have opened it anew since.
    if (this.#database === connecting) {
      this.#database = undefined;
    }
  }
}

/**
 * A database whose deletion waits for a frozen tab answers nothing and fires nothing, so the wait is bounded here. It
 * is counted in ticks: time in which this page itself did not run does not count.
 */
function openDatabase(
  factory: IDBFactory,
  databaseName: string,
  signal: AbortSignal | undefined,
): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = requestOpen(factory, databaseName);
    const name = JSON.stringify(databaseName);
    let ticks = 0;
    let blocked = "";
    const settle = () => {
      clearInterval(timer);
      signal?.removeEventListener("abort", aborted);
    };
    const giveUp = (reason: unknown) => {
      settle();
      request.onsuccess = () => request.result.close();
      reject(reason);
    };
    const aborted = () => giveUp(signal?.reason);
    const timer = setInterval(() => {
      ticks += 1;
      if (ticks === TICKS) {
        giveUp(new Error(`IndexedDB did not open ${name} within ${TICKS * TICK_MS} ms${blocked}`));
      }
    }, TICK_MS);
    signal?.addEventListener("abort", aborted);
    request.onupgradeneeded = () => {
      request.result.createObjectStore(RECORDS);
    };
    request.onblocked = () => {
      blocked = ": another page holds on to an older connection";
    };
    request.onsuccess = () => {
      settle();
      const database = request.result;
      if (database.objectStoreNames.contains(RECORDS)) {
        resolve(database);
      } else {
        database.close();
        reject(new Error(`the database ${name} belongs to something else`));
      }
    };
    request.onerror = () => {
      settle();
      reject(refusal(request.error));
    };
  });
}

function factoryOf(place: Place): IDBFactory {
  let factory: IDBFactory | null | undefined;
  try {
    factory = place.factory();
  } catch (error) {
    throw refusal(error);
  }
  if (!factory) {
    throw new StorageRejected("denied", { message: "there is no IndexedDB here" });
  }
  return factory;
}

function requestOpen(factory: IDBFactory, databaseName: string): IDBOpenDBRequest {
  try {
    return factory.open(databaseName, 1);
  } catch (error) {
    throw refusal(error);
  }
}

function refusal(error: unknown): unknown {
  if (isQuota(error)) {
    return new StorageRejected("quota", { cause: error });
  }
  // A private window of Firefox said InvalidStateError where others say SecurityError.
  return /^(Security|NotAllowed|InvalidState)Error$/.test((error as Error | null)?.name ?? "")
    ? new StorageRejected("denied", { message: "IndexedDB is denied here", cause: error })
    : error;
}
