import type { StoredRecord } from "../core/boundary.js";
import type { Handle } from "../core/handle.js";
import type { StorageOp } from "../storage/contract.js";
import type { Holding } from "./holding.js";
import type { Reading } from "./reading.js";
import { after, type Timer } from "./timer.js";
import { Spells } from "./turn.js";

/** Long enough for whoever was answered to go on. */
const REST_MS = 1;

/** After so long without a mutation, work is done that can wait. */
const QUIET_MS = 1_000;

/** A mutation waits for so many urgent steps, and for the one that makes room for it. */
const MOST_URGENT_STEPS = 2;

/** A step that reads more often than this without getting anywhere is given up. */
const MOST_READS = 64;

/** How long steps follow on each other where the storage answers at once; one takes some milliseconds. */
const SPELL_MS = 2;

/** What the core answers to whether it wants regrouping. */
const NOTHING = 0;
const URGENT = 2;

/**
 * Has the core regroup what was written, a small commit at a time: where no mutation waits, or before the next one where
 * it is urgent. What the storage refuses is dropped and tried again after a later mutation has succeeded; nothing that
 * goes wrong here fails a mutation.
 */
export class Upkeep {
  private readonly handle: Handle;
  private readonly holding: Holding;
  private readonly reading: Reading;
  private readonly nextToken: () => string;
  private readonly resume: () => void;
  /** Nothing was refused since the last mutation that succeeded. */
  private willing = true;
  /** Steps that were done before a mutation that still waits. */
  private urgentSteps = 0;
  /** Whoever was answered before there was something to do has had time to go on. */
  private rested = false;
  private resting: Timer | null = null;
  /** No mutation has come for a while. */
  private quiet = false;
  private timer: Timer | null = null;
  private stopped = false;
  /** Before the next step what it needs is read, or others have their turn. */
  private waiting = false;
  private readonly spells = new Spells(SPELL_MS);
  /** What was read for the next step, and how often. */
  private batches: Array<{ layout: number; gte: string; records: StoredRecord[] }> = [];
  private readCount = 0;

  /** `nextToken` gives a token for each commit; `resume` has the pipeline ask for idle work again. */
  constructor(
    handle: Handle,
    holding: Holding,
    reading: Reading,
    nextToken: () => string,
    resume: () => void,
  ) {
    this.handle = handle;
    this.holding = holding;
    this.reading = reading;
    this.nextToken = nextToken;
    this.resume = resume;
  }

  /**
   * The next step that may be done while no mutation waits, and its end. Callers go first: whoever was just answered is
   * not to wait for what others will be glad of, and may be about to ask for the next mutation.
   */
  idle(): Promise<void> | undefined {
    if (this.stopped || !this.willing || this.waiting) {
      return undefined;
    }
    if (!this.rested) {
      this.resting ??= after(REST_MS, this.noteRest, true);
      return undefined;
    }
    if (this.wants() !== NOTHING) {
      const turn = this.spells.goOn();
      const step = turn === undefined ? this.prepare() : undefined;
      if (step !== undefined) {
        return this.run(step, true);
      }
      if (this.willing) {
        this.resumeAfter(turn ?? this.readNeeds(true));
      }
      return undefined;
    }
    this.rested = false;
    if (!this.quiet) {
      this.timer ??= after(QUIET_MS, this.noteQuiet, true);
    }
    return undefined;
  }

  /** The step that has to be done before the next mutation, and its end. */
  urgent(): Promise<void> | undefined {
    if (this.stopped || !this.willing) {
      return undefined;
    }
    const wants = this.wants();
    if (wants < URGENT || (wants === URGENT && this.urgentSteps >= MOST_URGENT_STEPS)) {
      return undefined;
    }
    this.urgentSteps += 1;
    return this.stepWithReads();
  }

  /** A mutation was made durable. */
  noteMutation(): void {
    this.willing = true;
    this.urgentSteps = 0;
    this.quiet = false;
    this.timer?.clear();
    this.timer = null;
  }

  /** Nothing begins any more. */
  stop(): void {
    this.stopped = true;
    this.resting?.clear();
    this.timer?.clear();
    this.timer = null;
    this.batches = [];
  }

  /** Everything that is to be done now; others have their turn where it is due. Never rejects. */
  async catchUp(spells: Spells): Promise<void> {
    while (this.willing && this.wants() !== NOTHING) {
      await this.stepWithReads();
      await spells.goOn();
    }
  }

  /** One step, with whatever has to be read for it. Never rejects. */
  private async stepWithReads(): Promise<void> {
    while (this.willing && !this.stopped) {
      const step = this.prepare();
      if (step !== undefined) {
        await this.run(step, false);
        return;
      }
      await this.readNeeds(false);
    }
  }

  private readonly noteRest = (): void => {
    this.resting = null;
    this.rested = true;
    this.resume();
  };

  private readonly noteQuiet = (): void => {
    this.timer = null;
    this.rested = true;
    this.quiet = true;
    this.resume();
  };

  private wants(): number {
    try {
      this.reading.check();
      return this.handle.regrouping(this.quiet);
    } catch {
      this.stop();
      return NOTHING;
    }
  }

  /** The next step's commit; `undefined` where records have to be read first, or there is none. */
  private prepare(): { token: string; ops: StorageOp[] } | undefined {
    const { handle } = this;
    try {
      this.reading.check();
      for (const { layout, gte, records } of this.batches) {
        handle.provide(layout, gte, records);
      }
      const token = this.nextToken();
      const ops = handle.regroup(token, this.quiet);
      if (ops === undefined) {
        return undefined;
      }
      this.batches = [];
      this.readCount = 0;
      return { token, ops };
    } catch {
      // Damage is told to whoever reads what is damaged.
      this.refuse();
      return undefined;
    }
  }

  private run({ token, ops }: { token: string; ops: StorageOp[] }, background: boolean): Promise<void> {
    return this.reading.regroupings.run(async () => {
      // The pipeline knows by then that it has to wait.
      await null;
      const decision = await this.holding.commit(token, ops, background);
      try {
        if (decision.kind === "applied") {
          this.reading.check();
          this.handle.merge();
          return;
        }
        this.refuse();
        if (!this.handle.instance.poisoned) {
          this.handle.abort();
        }
      } catch {
        this.stop();
      }
    });
  }

  private resumeAfter(work: Promise<void>): void {
    this.waiting = true;
    work.then(() => {
      this.waiting = false;
      if (!this.stopped) {
        this.resume();
      }
    });
  }

  /** Reads what the next step needs. Never rejects. */
  private async readNeeds(background: boolean): Promise<void> {
    try {
      const { layout, ranges } = this.handle.needs();
      this.readCount += 1;
      if (ranges.length === 0 || this.readCount > MOST_READS) {
        this.refuse();
        return;
      }
      const read = await this.reading.fetch(ranges, background);
      this.batches = this.batches.filter((batch) => batch.layout === layout);
      for (const [index, [gte]] of ranges.entries()) {
        this.batches.push({ layout, gte, records: read[index] as StoredRecord[] });
      }
    } catch {
      this.refuse();
    }
  }

  private refuse(): void {
    this.willing = false;
    this.batches = [];
    this.readCount = 0;
  }
}
