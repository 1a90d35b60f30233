import xxhash from "xxhash-wasm";

const { h64, h64Raw } = await xxhash();

const hex = (hash) => hash.toString(16).padStart(16, "0");

/** The hash of a value that is stored. */
export const hashOf = (bytes) => hex(h64Raw(bytes, 0n));

/**
 * What can be seen from outside, and its hash. Within a step the order is fixed: what callers are told, in the order in
 * which they are; what was read, by the numbers of the reads; what became of runtimes; the calls, in their order.
 */
export class Trace {
  #hash = 0n;
  #told = [];
  #read = [];
  #became = [];
  #calls = [];

  get hash() {
    return hex(this.#hash);
  }

  /** A caller is told what became of a mutation. */
  told(words) {
    this.#told.push(words);
  }

  /** A reader gets something. */
  read(number, words) {
    this.#read.push({ number, words });
  }

  /** A runtime opens or ends. */
  became(words) {
    this.#became.push(words);
  }

  /** The store is called, or will be after a while. */
  call(words) {
    this.#calls.push(words);
  }

  /** All that was seen in the step that ends now. */
  endStep() {
    this.#read.sort((a, b) => a.number - b.number);
    const lines = [...this.#told, ...this.#read.map(({ words }) => words), ...this.#became, ...this.#calls];
    this.#told = [];
    this.#read = [];
    this.#became = [];
    this.#calls = [];
    const text = lines.map((line) => `${line}\n`).join("");
    this.#hash = h64(text, this.#hash);
    return text;
  }
}
