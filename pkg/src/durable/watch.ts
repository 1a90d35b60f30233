import type { Holding } from "./holding.js";
import { after, type Timer } from "./timer.js";

/** A store that cannot say that it was disturbed is asked this often, so that an answer is there within 5 s. */
const ASK_EVERY_MS = 4_000;
const COOL_MS = 20;

/**
 * Notices that somebody else has taken or deleted the store, or that it was lost: where the store says that it was
 * disturbed, and where it cannot, now and then for as long as there are subscriptions.
 */
export class Watch {
  private readonly holding: Holding;
  private readonly hasSubscribers: () => boolean;
  private readonly disturbed: () => void;
  private listened: PromiseLike<unknown> | null = null;
  private listening = false;
  /** Runs for a moment after a disturbance: a store that is disturbed all the time is not asked all the time. */
  private cooling: Timer | null = null;
  private disturbedAgain = false;
  /** The store was disturbed, and its head could not be asked. */
  private uncertain = false;
  private asking = false;
  private askAgain = false;
  private timer: Timer | null = null;
  private stopped = false;

  /** `disturbed` is told when the store says that it was. */
  constructor(holding: Holding, hasSubscribers: () => boolean, disturbed: () => void) {
    this.holding = holding;
    this.hasSubscribers = hasSubscribers;
    this.disturbed = disturbed;
    this.listen();
    this.tick();
  }

  /** After a commit of this runtime's own a store may give a new promise in place of one that has settled. */
  noteCommit(): void {
    if (!this.listening) {
      this.listen();
    }
  }

  stop(): void {
    this.stopped = true;
    this.timer?.clear();
    this.cooling?.clear();
  }

  private listen(): void {
    const { disturbed } = this.holding.store;
    if (this.stopped || disturbed === undefined || disturbed === this.listened) {
      return;
    }
    this.listened = disturbed;
    this.listening = true;
    const settled = (): void => {
      this.listening = false;
      if (this.cooling === null) {
        this.noteDisturbance();
      } else {
        this.disturbedAgain = true;
      }
    };
    new Promise((resolve) => resolve(disturbed)).then(settled, settled);
  }

  private noteDisturbance(): void {
    if (this.stopped) {
      return;
    }
    this.cooling = after(
      COOL_MS,
      () => {
        this.cooling = null;
        if (this.disturbedAgain) {
          this.disturbedAgain = false;
          this.noteDisturbance();
        }
      },
      true,
    );
    this.disturbed();
    // First: what happens from here on is told by the next promise.
    this.listen();
    void this.ask();
  }

  private tick(): void {
    this.timer = after(
      ASK_EVERY_MS,
      () => {
        const blind = !this.listening && this.hasSubscribers();
        if (this.uncertain || blind) {
          void this.ask();
        }
        this.tick();
      },
      true,
    );
  }

  /** Asks for the head, which ends the holding where it has moved. Never rejects. */
  private async ask(): Promise<void> {
    if (this.stopped || this.asking) {
      this.askAgain = this.asking;
      return;
    }
    this.asking = true;
    try {
      await this.holding.look(true);
      this.uncertain = false;
    } catch {
      this.uncertain = this.holding.ended === null;
    }
    this.asking = false;
    if (this.askAgain) {
      this.askAgain = false;
      await this.ask();
    }
  }
}
