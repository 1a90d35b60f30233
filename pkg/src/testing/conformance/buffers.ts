import { type Entry, equalBytes, equalRecords, ok } from "./assertion.js";
import { bytes, type Case, cases, change, noise, read } from "./trial.js";

function scribble(records: readonly Entry[]): void {
  for (const [, value] of records) {
    value.fill(0x5a);
  }
}

export const bufferCases: Case[] = cases("buffers", {
  "of a commit are not changed by it": async (t) => {
    const values = [noise(10), noise(1000), noise(70_000), new Uint8Array(0)];
    const before = values.map((value) => value.slice());
    await t.created(
      t.id(),
      values.map((value, at) => [`k${at}`, value]),
    );
    values.forEach((value, at) => {
      equalBytes(value, before[at] as Uint8Array, "buffer after the commit");
    });
  },
  "of a refused commit are not changed by it": async (t) => {
    const { store } = await t.created(t.id(), []);
    const value = noise(1000);
    await store.commit(change(t.token(), t.token(), [["a", value]]));
    equalBytes(value, noise(1000), "buffer after the commit");
  },
  "of a commit are offered again as they were": async (t) => {
    const { store, head } = await t.created(t.id(), []);
    const value = noise(1000);
    const commit = change(head, t.token(), [["a", value]]);
    await store.commit(commit);
    await store.commit(commit);
    equalBytes(value, noise(1000), "buffer after the repeat");
    equalRecords(await read(store), [["a", noise(1000)]], "records");
  },
  "of a larger buffer keep what is around them": async (t) => {
    const whole = noise(1000);
    await t.created(t.id(), [["a", whole.subarray(100, 200)]]);
    equalBytes(whole, noise(1000), "the buffer around the value");
  },
  "that a read gave may be changed without harm to the store": async (t) => {
    const { store } = await t.created(t.id(), [
      ["a", noise(100)],
      ["b", noise(70_000, 2)],
    ]);
    scribble(await read(store));
    equalRecords(
      await read(store),
      [
        ["a", noise(100)],
        ["b", noise(70_000, 2)],
      ],
      "records",
    );
  },
  "that a read gave may be changed without harm to another read": async (t) => {
    const { store } = await t.created(t.id(), [["a", noise(100)]]);
    const [first, second] = await Promise.all([read(store), read(store)]);
    scribble(first);
    equalRecords(second, [["a", noise(100)]], "the other read");
  },
  "that a read gave may be changed without harm to another record of it": async (t) => {
    const { store } = await t.created(t.id(), [
      ["a", noise(100)],
      ["b", noise(100)],
    ]);
    const [a, b] = await read(store);
    ok(a !== undefined && b !== undefined, "both records are there");
    a[1].fill(0);
    equalBytes(b[1], noise(100), "the other record");
  },
  "that a read gave may be changed without harm to another handle": async (t) => {
    const id = t.id();
    const { store } = await t.created(id, [["a", noise(100)]]);
    const rival = await t.rival(id);
    scribble(await read(store));
    equalRecords(await read(rival), [["a", noise(100)]], "records at the other handle");
  },
  "that a read gave are not those of the commit": async (t) => {
    const value = noise(100);
    const { store } = await t.created(t.id(), [["a", value]]);
    scribble(await read(store));
    equalBytes(value, noise(100), "buffer of the commit");
  },
  "that a read gave do not change with later commits": async (t) => {
    const { store, head } = await t.created(t.id(), [["a", noise(100)]]);
    const found = await read(store);
    const now = await t.put(store, head, [["a", noise(100, 2)]]);
    await t.put(store, now, [["a", null]]);
    equalRecords(found, [["a", noise(100)]], "what was read before");
  },
  "that a read gave do not change with a deletion of the store": async (t) => {
    const id = t.id();
    const { store } = await t.created(id, [["a", noise(100)]]);
    const found = await read(store);
    await t.storage.delete(id);
    equalRecords(found, [["a", noise(100)]], "what was read before");
  },
  "that a read gave may be committed again": async (t) => {
    const { store, head } = await t.created(t.id(), [["a", noise(100)]]);
    const [found] = await read(store);
    ok(found !== undefined, "the record is there");
    await t.put(store, head, [["b", found[1]]]);
    equalRecords(
      await read(store),
      [
        ["a", noise(100)],
        ["b", noise(100)],
      ],
      "records",
    );
  },
  "an answer of a read may be changed as a list, unless it is frozen": async (t) => {
    const { store } = await t.created(t.id(), [
      ["a", bytes("1")],
      ["b", bytes("2")],
    ]);
    const found = await store.read({ gte: "", lt: "~" });
    try {
      found.reverse();
      found.pop();
    } catch {
      // A list that is frozen is as good.
    }
    equalRecords(
      await read(store),
      [
        ["a", bytes("1")],
        ["b", bytes("2")],
      ],
      "records",
    );
  },
});
