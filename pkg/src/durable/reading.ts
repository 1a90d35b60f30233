import { RuntimeError } from "../api/errors.js";
import type { RecordRange, StoredRecord } from "../core/boundary.js";
import type { Handle } from "../core/handle.js";
import type { RecordSource } from "../engine.js";
import { isSilence } from "./failures.js";
import type { Holding } from "./holding.js";
import { Regroupings } from "./regrouping.js";
import { requireWorking } from "./root.js";
import { after } from "./timer.js";
import { turn } from "./turn.js";

/** How often a call reads again what had moved or was pushed out of the cache. */
const MOST_REPEATS = 100;

/** What was read for a range, by its bounds; all of one layout. */
class Batches {
  layout = -1;
  private readonly records = new Map<string, { gte: string; records: StoredRecord[] }>();

  clear(layout: number): void {
    this.layout = layout;
    this.records.clear();
  }

  has(range: RecordRange): boolean {
    return this.records.has(rangeKey(range));
  }

  add(range: RecordRange, records: StoredRecord[]): void {
    this.records.set(rangeKey(range), { gte: range[0], records });
  }

  provideTo(handle: Handle): void {
    for (const { gte, records } of this.records.values()) {
      handle.provide(this.layout, gte, records);
    }
  }
}

function rangeKey([gte, lt, limit]: RecordRange): string {
  return `${gte} ${lt} ${limit ?? ""}`;
}

/**
 * Reads from a store what pages need. Calls do not wait for each other: each hands over what it has read and asks in
 * one go, so that none can take from another what it needs.
 */
export class Reading implements RecordSource {
  readonly trustsResident: boolean;
  readonly regroupings = new Regroupings();
  private readonly handle: Handle;
  private readonly holding: Holding;

  /** Without `trustsResident` the head is asked for even where nothing has to be read. */
  constructor(handle: Handle, holding: Holding, trustsResident: boolean) {
    this.handle = handle;
    this.holding = holding;
    this.trustsResident = trustsResident;
  }

  async load<T>(ask: () => T | undefined): Promise<T> {
    const batches = new Batches();
    let { moves } = this.regroupings;
    for (let repeats = 0; repeats <= MOST_REPEATS; ) {
      this.check();
      try {
        const page = ask();
        if (page !== undefined) {
          if (!this.trustsResident) {
            await this.holding.look();
          }
          return page;
        }
        moves = this.regroupings.moves;
        repeats += (await this.provideNeeds(batches)) ? 0 : 1;
      } catch (error) {
        this.check();
        if (!isDamage(error) || !this.regroupings.mayHaveMoved(moves)) {
          throw error;
        }
        await this.untilRegrouped();
        batches.clear(-1);
        repeats += 1;
      }
    }
    throw this.failure("what was read keeps moving");
  }

  /** Reads and verifies the whole store, a part at a time: a page that does something else meanwhile is hardly held up. */
  async restore(lossAccepted: boolean): Promise<void> {
    const goOn = (): boolean | undefined => this.handle.restore(lossAccepted);
    if (await this.load(goOn)) {
      return;
    }
    do {
      await turn();
      this.check();
    } while (!goOn());
    // Whoever waits for the opening begins in a turn of its own.
    await turn();
  }

  /** Reads what the last question needs, and provides it; whether anything of it was new. */
  private async provideNeeds(batches: Batches): Promise<boolean> {
    const { layout, ranges } = this.handle.needs();
    if (layout !== batches.layout) {
      batches.clear(layout);
    }
    const wanted = ranges.filter((range) => !batches.has(range));
    if (wanted.length === 0) {
      // All of it was read, and some pushed out again by other pages.
      batches.provideTo(this.handle);
      return false;
    }
    const read = await this.fetch(wanted);
    for (const [index, range] of wanted.entries()) {
      const records = read[index] as StoredRecord[];
      batches.add(range, records);
      this.handle.provide(layout, range[0], records);
    }
    return true;
  }

  /** The records of each range, once the head was asked: rejects with the `RuntimeError` that the call gets. */
  async fetch(ranges: readonly RecordRange[], background = false): Promise<StoredRecord[][]> {
    const { holding } = this;
    let records: StoredRecord[][];
    try {
      records = await Promise.all(ranges.map((range) => holding.store.read(range, background)));
    } catch (error) {
      this.check();
      const failure = holding.noteFailure(error);
      if (!(error instanceof RuntimeError && isSilence(error))) {
        // Where somebody else has the store by now, that is why.
        await holding.look(background).catch(() => holding.check());
      }
      throw failure;
    }
    await holding.look(background);
    this.check();
    return records;
  }

  /** Throws where nothing can be read any more. */
  check(): void {
    requireWorking(this.handle.instance);
    this.holding.check();
  }

  private async untilRegrouped(): Promise<void> {
    const { underWay } = this.regroupings;
    if (underWay === null) {
      return;
    }
    const { timeoutMs } = this.holding.store;
    await new Promise<void>((resolve, reject) => {
      const timer = after(timeoutMs, () => reject(this.failure("a regrouping is not decided")));
      void underWay.then(() => {
        timer.clear();
        resolve();
      });
    });
  }

  private failure(problem: string): RuntimeError {
    return new RuntimeError(`the storage cannot be read: ${problem}`, {
      code: "storage_failed",
      details: { runtimeId: this.holding.runtimeId, method: "read" },
    });
  }
}

/** What may be said of records that are neither all old nor all new. */
function isDamage(error: unknown): boolean {
  return (
    error instanceof RuntimeError && (error.code === "storage_corrupt" || error.code === "storage_missing")
  );
}
