/** Which runtime is shown: remembered, opened, waited for, taken over and taken back. */
import { announceHolding, createInMemory, lastKept, openKept, rememberKept } from "./runtimes.mjs";
import { showNotice } from "./summary.mjs";
import { visible } from "./text.mjs";
import { troubleOf } from "./troubles.mjs";

/** An opening that takes longer than this most likely waits for another tab. */
const SLOW_MS = 1500;

const keyOf = ({ kept, runtimeId }) => `${kept ? "kept" : "memory"}:${runtimeId}`;

export class Keeper {
  /** The runtimes that are open in this tab, by key: `{ kept, runtimeId, runtime, release }`. */
  #open = new Map();
  #troubles = new Map();
  #opening;
  #shown;
  #show;
  #changed;

  /**
   * @param {(runtime: object) => void} show gets the runtime to be shown, whenever it is another one
   * @param {() => void} changed is called whenever a runtime was opened, closed or refused
   */
  constructor({ show, changed }) {
    this.#show = show;
    this.#changed = changed;
  }

  /** The runtimes open in this tab. */
  get opened() {
    return [...this.#open.values()];
  }

  /** Whether the runtime named is the one that is shown. */
  isShown = (named) => this.#shown !== undefined && keyOf(this.#shown) === keyOf(named);

  /** The runtime named, where it is open in this tab. */
  runtimeOf = (named) => this.#open.get(keyOf(named))?.runtime;

  /** Why the runtime named was refused or has ended. */
  troubleWith = (named) => this.#troubles.get(keyOf(named));

  /** Begins with the runtime that was used last, where this browser still keeps it; in memory otherwise. */
  begin() {
    const runtimeId = lastKept();
    if (runtimeId === undefined) return this.#useMemory();
    return this.use({ kept: true, runtimeId });
  }

  /** Opens the runtime named unless it is open, and shows it. `options` are those of `Runtime.open`. */
  async use(named, options = {}) {
    this.#opening?.abort();
    const opening = new AbortController();
    this.#opening = opening;
    const slow = setTimeout(() => this.#sayWaiting(named), SLOW_MS);
    try {
      const key = keyOf(named);
      if (!this.#open.has(key)) this.#keep(named, await this.#openOne(named, options, opening.signal));
      if (this.#opening !== opening) return;
      showNotice();
      this.#shown = this.#open.get(key);
      rememberKept(named.kept ? named.runtimeId : undefined);
      this.#show(this.#shown.runtime);
    } catch (error) {
      if (this.#opening === opening) await this.#refused(named, error);
    } finally {
      clearTimeout(slow);
      this.#changed();
    }
  }

  /** Creates a runtime in memory or in the browser and shows it; rejects where that is refused. */
  async create({ kept, runtimeId, displayName }) {
    const options = { runtimeId, displayName };
    const runtime = await (kept ? openKept(options) : createInMemory(options));
    const named = { kept, runtimeId: runtime.runtimeId };
    this.#keep(named, runtime);
    return this.use(named);
  }

  /** Lets go of the runtime named; where it is the one that is shown, another one comes in its place. */
  async close(named) {
    const key = keyOf(named);
    const held = this.#open.get(key);
    this.#open.delete(key);
    this.#troubles.delete(key);
    if (this.isShown(named)) await this.#useAnother();
    held?.release?.();
    await held?.runtime.close();
    this.#changed();
  }

  /** The runtime that is shown takes no more calls: says why, and offers what can be done. */
  ended(error) {
    const named = this.#shown;
    this.#drop(named);
    this.#refuse(named, error);
    this.#changed();
  }

  async #openOne(named, options, signal) {
    if (!named.kept) return createInMemory({ runtimeId: named.runtimeId });
    // One that is gone was deleted or lost: only who accepts that gets a new one in its place.
    return openKept({ runtimeId: named.runtimeId, create: options.acceptLoss ?? false, ...options, signal });
  }

  #keep({ kept, runtimeId }, runtime) {
    const held = { kept, runtimeId, runtime, release: kept ? announceHolding(runtimeId) : undefined };
    this.#open.set(keyOf(held), held);
    this.#troubles.delete(keyOf(held));
  }

  #drop(named) {
    const held = this.#open.get(keyOf(named));
    this.#open.delete(keyOf(named));
    held?.release?.();
    held?.runtime.close();
  }

  async #useMemory() {
    const runtime = await createInMemory({ displayName: "In memory" });
    const named = { kept: false, runtimeId: runtime.runtimeId };
    this.#keep(named, runtime);
    return this.use(named);
  }

  /** Shows one that is open, or a new one in memory. */
  #useAnother() {
    const other = this.opened.at(-1);
    return other ? this.use(other) : this.#useMemory();
  }

  #sayWaiting(named) {
    showNotice(
      `Another tab seems to have “${visible(named.runtimeId)}” open. It opens here as soon as that tab lets go.`,
      [
        { label: "Take it over", act: () => this.use(named, { takeover: true }) },
        { label: "Use another", act: () => this.#useAnother() },
      ],
    );
  }

  /** What cannot be opened leaves what is shown in its place, or brings another where nothing is shown. */
  async #refused(named, error) {
    if (!this.#shown || !this.#open.has(keyOf(this.#shown))) await this.#useAnother();
    this.#refuse(named, error);
  }

  #refuse(named, error) {
    const { state, sentence, label, options } = troubleOf(error);
    this.#troubles.set(keyOf(named), error);
    showNotice(`${visible(named.runtimeId)} · ${state}. ${sentence}`, [
      { label, act: () => this.use(named, options) },
    ]);
  }
}
