/**
 * Regroupings of this runtime's own: while one is under way, records may stand as before it or as after it, and what
 * was read then may not fit together.
 */
export class Regroupings {
  /** Moves whenever one begins or ends. */
  moves = 0;
  /** Fulfils once the one under way has been merged or dropped. */
  underWay: Promise<void> | null = null;

  /** Marks `step`, which never rejects, as one. */
  async run(step: () => Promise<void>): Promise<void> {
    this.moves += 1;
    this.underWay = step();
    await this.underWay;
    this.underWay = null;
    this.moves += 1;
  }

  /** Whether what was read since `moves` may be neither the state before one nor that after it. */
  mayHaveMoved(moves: number): boolean {
    return this.underWay !== null || this.moves !== moves;
  }
}
