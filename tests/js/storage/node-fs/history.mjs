import assert from "node:assert/strict";

/**
 * What happened to one store, call by call, and whether one order of commits explains all of it: each call took effect
 * at one moment between its start and its end.
 */
export class History {
  constructor() {
    this.clock = 0;
    this.commits = new Map();
    this.looks = [];
    this.tokens = 0;
  }

  /** Commits to `store` and notes what became of it; gives the answer, `undefined` where the outcome is unknown. */
  async commit(store, from, ops) {
    const to = `head-${++this.tokens}`;
    const commit = { from, to, ops };
    const noted = { ...commit, start: ++this.clock, end: Number.POSITIVE_INFINITY, outcome: "unknown" };
    this.commits.set(to, noted);
    return this.offer(store, commit, noted);
  }

  async offer(store, { from, to, ops }, noted) {
    let answer;
    try {
      answer = await store.commit({ from, to, ops });
    } catch (error) {
      noted.outcome = error.name === "StorageRejected" ? "refused" : "unknown";
      noted.error = error;
      return undefined;
    }
    noted.end = ++this.clock;
    if (answer === to) {
      noted.outcome = "applied";
    } else {
      noted.outcome = "not applied";
      this.looks.push({ head: answer, start: noted.start, end: noted.end });
    }
    return answer;
  }

  async head(store) {
    const start = ++this.clock;
    const head = await store.head();
    this.looks.push({ head, start, end: ++this.clock });
    return head;
  }

  async read(store) {
    const start = ++this.clock;
    const records = await store.read({ gte: "!", lt: "~" });
    this.looks.push({ records: asText(records), start, end: ++this.clock });
  }

  /**
   * Commits that the medium refused: whoever looks in the moment before that is known may see them, although they are
   * gone when the power is. Nothing that is acknowledged rests on them.
   */
  ghosts(places, states) {
    const found = new Set();
    for (const { from, to, ops, error } of this.commits.values()) {
      if (error?.cause?.code === "EIO" && places.has(from) && !places.has(to)) {
        found.add(to);
        found.add(stateAfter(states[places.get(from)], ops).join());
      }
    }
    return found;
  }

  /** Checks everything noted against the order of commits that ends in `head`. */
  check(head, records) {
    const order = [];
    for (let at = head; at !== null; at = this.commits.get(at).from) {
      assert.ok(this.commits.has(at), `${at} was never offered`);
      order.unshift(this.commits.get(at));
    }
    const places = new Map([[null, 0], ...order.map(({ to }, at) => [to, at + 1])]);
    const states = [[]];
    for (const { ops } of order) {
      states.push(stateAfter(states.at(-1), ops));
    }
    const ghosts = this.ghosts(places, states);
    assert.deepEqual(asText(records), states.at(-1), "the records are not those of the head");

    // Each call is put at the earliest place that what was over before it started allows.
    const calls = [];
    for (const { to, start, end, outcome } of this.commits.values()) {
      const place = places.get(to);
      assert.ok(outcome !== "applied" || place !== undefined, `${to} was acknowledged and is lost`);
      assert.ok(
        (outcome !== "not applied" && outcome !== "refused") || place === undefined,
        `${to} was not applied and is there`,
      );
      if (place !== undefined) {
        calls.push({ what: to, start, end, first: place, last: place });
      }
    }
    for (const { head, records, start, end } of this.looks) {
      if (records !== undefined) {
        const text = records.join();
        if (ghosts.has(text)) {
          continue;
        }
        const fitting = states.map((state, at) => (state.join() === text ? at : -1)).filter((at) => at >= 0);
        assert.ok(fitting.length > 0, "a read shows what never was");
        calls.push({ what: "read", start, end, fitting });
      } else if (!ghosts.has(head)) {
        assert.ok(places.has(head), `${head} was shown and is not there`);
        const place = places.get(head);
        calls.push({ what: `look ${head}`, start, end, first: place, last: place });
      }
    }
    calls.sort((a, b) => a.start - b.start);
    const ended = [...calls].sort((a, b) => a.end - b.end);
    let next = 0;
    let floor = 0;
    for (const call of calls) {
      for (; next < ended.length && ended[next].end < call.start; next += 1) {
        floor = Math.max(floor, ended[next].place);
      }
      const fitting = call.fitting ?? [call.first];
      call.place = fitting.find((at) => at >= floor);
      assert.ok(call.place !== undefined, `${call.what} shows less than was known before it started`);
    }
  }
}

/** A state and operations on it, as sorted texts. */
function stateAfter(texts, ops) {
  const changed = new Set(ops.map(([key]) => key));
  const kept = texts.filter((text) => !changed.has(text.slice(0, text.indexOf("="))));
  return [...kept, ...asText(ops.filter(([, value]) => value !== null))].sort();
}

function asText(records) {
  return records.map(([key, value]) => `${key}=${Buffer.from(value).toString("hex")}`);
}
