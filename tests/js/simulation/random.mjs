const MASK = (1n << 64n) - 1n;

/** SplitMix64, as the simulation draws tokens from it (tests/simulation/random.rs). */
export class Random {
  #state;

  constructor(seed) {
    this.#state = ((seed * 0xd1342543de82ef95n) & MASK) ^ 0x5851f42d4c957f2dn;
    this.#state = this.next();
  }

  next() {
    this.#state = (this.#state + 0x9e3779b97f4a7c15n) & MASK;
    let mixed = this.#state;
    mixed = ((mixed ^ (mixed >> 30n)) * 0xbf58476d1ce4e5b9n) & MASK;
    mixed = ((mixed ^ (mixed >> 27n)) * 0x94d049bb133111ebn) & MASK;
    return mixed ^ (mixed >> 31n);
  }

  /** Fills a multiple of 16 bytes. */
  fill(bytes) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let at = 0; at < bytes.length; at += 8) {
      view.setBigUint64(at, this.next());
    }
  }
}
