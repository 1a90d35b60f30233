/**
 * One call of the store, and what the caller gets for it: no promise, which would settle once, but what a host may give
 * as well. It is done and answered when that is asked for, and may be answered twice.
 */
export class Call {
  #perform;
  #refusal;
  #fulfil;
  #reject;
  /** What the caller is told once it is. */
  #tell = null;

  /** `perform` does what is asked for, or only finds the answer, and gives that; `refusal` makes the host's refusal. */
  constructor(perform, refusal) {
    this.#perform = perform;
    this.#refusal = refusal;
  }

  // biome-ignore lint/suspicious/noThenProperty: what a host gives need not be a promise
  then(fulfil, reject) {
    this.#fulfil = fulfil;
    this.#reject = reject;
  }

  /** The store does it, or does not, and has an answer. */
  process(isDone, answer) {
    const value = this.#perform(isDone);
    if (answer === "done") {
      this.#tell = () => this.#fulfil(value);
    } else if (answer === "rejected") {
      this.#tell = () => this.#reject(this.#refusal());
    } else {
      this.fail();
    }
  }

  /** The store fails before it has told its answer. */
  fail() {
    this.#tell = () => this.#reject(new Error("simulated"));
  }

  deliver() {
    this.#tell();
  }
}
