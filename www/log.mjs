/** The event log read in pieces: all of it by id, or only the events that pass a filter. */

/** At most `limit` events of `runtime` from id `first` on, in as many reads as its limits ask for. */
export async function readLog(runtime, first, limit) {
  const most = runtime.summary().limits.maxEventBatchItems;
  const cursor = { runtimeId: runtime.runtimeId, nextEventId: first };
  return (await runtime.readEvents(cursor, Math.min(limit, most))).events;
}

/** The events of a log that pass a filter. Only their ids are kept, however many there are. */
export class FilteredLog {
  #runtime;
  #passes;
  #ids = [];
  #scanned = 0;
  #ready = false;

  /** @param {(event: object) => boolean} passes */
  constructor(runtime, passes) {
    this.#runtime = runtime;
    this.#passes = passes;
  }

  get length() {
    return this.#ids.length;
  }

  /**
   * Looks through the log up to the event that `last` answers, which may grow meanwhile; yields how far it has come.
   * From then on `take` gets every further event.
   */
  async *scan(last) {
    while (this.#scanned < last()) {
      const events = await readLog(this.#runtime, this.#scanned + 1, last() - this.#scanned);
      for (const event of events) this.#look(event);
      yield this.#scanned;
    }
    this.#ready = true;
  }

  /** Gives the next event of the log; answers whether it has been added. */
  take(event) {
    return this.#ready && event.id > this.#scanned && this.#look(event);
  }

  /** At most `limit` of the events that pass, from the place `start` among them. */
  async read(start, limit) {
    const wanted = this.#ids.slice(start, start + limit);
    const found = [];
    while (found.length < wanted.length) {
      // What lies close together is read at once.
      const from = wanted[found.length];
      const events = await readLog(this.#runtime, from, wanted.at(-1) - from + 1);
      const last = events.at(-1).id;
      const byId = new Map(events.map((event) => [event.id, event]));
      while (found.length < wanted.length && wanted[found.length] <= last)
        found.push(byId.get(wanted[found.length]));
    }
    return found;
  }

  #look(event) {
    this.#scanned = event.id;
    const passed = this.#passes(event);
    if (passed) this.#ids.push(event.id);
    return passed;
  }
}
