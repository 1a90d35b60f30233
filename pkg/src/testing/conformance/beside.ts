import type { RuntimeStore } from "../../storage/contract.js";
import { type Entry, equal, equalRecords, ok } from "./assertion.js";
import { rivals } from "./rivals.js";
import { bytes, type Case, cases, change, read, type Trial } from "./trial.js";

/** The records of one commit: `count` keys that all hold the same number. */
function generation(number: number, count: number): Entry[] {
  return Array.from({ length: count }, (_, at) => [
    `k${String(at).padStart(3, "0")}`,
    bytes(`generation ${number}`),
  ]);
}

/** Calls of `ask` that are under way while `store` commits, some started before it and some after it. */
async function beside<T>(
  store: RuntimeStore,
  commit: ReturnType<typeof change>,
  ask: () => Array<Promise<T>>,
): Promise<T[]> {
  const [early, answer, late] = await Promise.all([
    Promise.all(ask()),
    store.commit(commit),
    Promise.all(ask()),
  ]);
  equal(answer, commit.to, "answer");
  return [...early, ...late];
}

/** Generation after generation is written while `ask` reads; each answer is `part` of one whole generation. */
async function generations(
  t: Trial,
  writer: RuntimeStore,
  ask: () => Array<Promise<Entry[]>>,
  part: (records: Entry[]) => Entry[] = (records) => records,
): Promise<void> {
  let head = await t.put(writer, null, generation(0, 30));
  for (let number = 1; number <= 6; number += 1) {
    const commit = change(head, t.token(), generation(number, 30));
    for (const records of await beside(writer, commit, ask)) {
      const old = new TextDecoder().decode(records[0]?.[1]) === `generation ${number - 1}`;
      equalRecords(records, part(generation(old ? number - 1 : number, 30)), "a read beside a commit");
    }
    head = commit.to;
  }
}

export const besideCases: Case[] = cases("beside commits", {
  "a read sees whole commits": async (t) => {
    const store = await t.open(t.id());
    await generations(t, store, () => [read(store), read(store)]);
  },
  "a read by another handle sees whole commits": async (t) => {
    const { stores } = await rivals(t, 3);
    const [writer, reader, another] = stores as [RuntimeStore, RuntimeStore, RuntimeStore];
    await generations(t, writer, () => [read(reader), read(another)]);
  },
  "a read by a handle that was opened to read only sees whole commits": async (t) => {
    const id = t.id();
    const writer = await t.open(id);
    const reader = t.keep(await t.storage.open(id, { readOnly: true }));
    await generations(t, writer, () => [read(reader), read(reader)]);
  },
  "a limited read sees one state": async (t) => {
    const store = await t.open(t.id());
    await generations(
      t,
      store,
      () => [read(store, { gte: "k005", lt: "k025", limit: 12 })],
      (records) => records.slice(5, 17),
    );
  },
  "a read of records that are all replaced sees one set of them": async (t) => {
    const { stores } = await rivals(t, 2);
    const [writer, reader] = stores as [RuntimeStore, RuntimeStore];
    const set = (name: string): Entry[] =>
      Array.from({ length: 15 }, (_, at) => [`${name}${at}`, bytes(name)]);
    let head = await t.put(writer, null, set("a"));
    for (const [gone, come] of [
      ["a", "b"],
      ["b", "a"],
      ["a", "c"],
    ] as const) {
      const removed = set(gone).map(([key]) => [key, null] as const);
      const commit = change(head, t.token(), [...set(come), ...removed]);
      for (const records of await beside(writer, commit, () => [read(reader), read(writer)])) {
        equalRecords(records, set(records[0]?.[0].startsWith(gone) ? gone : come), "a read beside a commit");
      }
      head = commit.to;
    }
  },
  "a read of what a commit deletes sees all of it or nothing": async (t) => {
    const { stores } = await rivals(t, 2);
    const [writer, reader] = stores as [RuntimeStore, RuntimeStore];
    const records = generation(0, 25);
    const head = await t.put(writer, null, records);
    const emptying = change(
      head,
      t.token(),
      records.map(([key]) => [key, null]),
    );
    for (const found of await beside(writer, emptying, () => [read(reader), read(writer)])) {
      equalRecords(found, found.length === 0 ? [] : records, "a read beside a commit");
    }
    equalRecords(await read(reader), [], "a read after the commit");
  },
  "a head is the old or the new one": async (t) => {
    const { stores } = await rivals(t, 2);
    const [writer, reader] = stores as [RuntimeStore, RuntimeStore];
    let head = await t.put(writer, null, []);
    for (let round = 0; round < 6; round += 1) {
      const commit = change(head, t.token(), [["a", bytes(`${round}`)]]);
      for (const answer of await beside(writer, commit, () => [reader.head(), writer.head()])) {
        ok(answer === head || answer === commit.to, "the head is the old or the new one");
      }
      head = commit.to;
    }
  },
  "a head that was answered never goes back": async (t) => {
    const { stores } = await rivals(t, 3);
    const [writer, ...readers] = stores as [RuntimeStore, RuntimeStore, RuntimeStore];
    const heads: string[] = [await t.put(writer, null, [])];
    const watching = readers.map(async (reader) => {
      let seen = 0;
      for (let asked = 0; asked < 10; asked += 1) {
        const now = heads.indexOf((await reader.head()) as string);
        // A head that is not in the list yet belongs to the commit under way.
        const at = now < 0 ? heads.length : now;
        ok(at >= seen, "a later answer is no earlier head");
        seen = now < 0 ? seen : now;
      }
    });
    const writing = (async () => {
      for (let round = 0; round < 6; round += 1) {
        heads.push(await t.put(writer, heads.at(-1) as string, [["a", bytes(`${round}`)]]));
      }
    })();
    await Promise.all([...watching, writing]);
  },
});
