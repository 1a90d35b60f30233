import { equal, equalRecords } from "./assertion.js";
import { bytes, type Case, cases, change, read } from "./trial.js";

const ONE = [["a", bytes("1")]] as const;

/** Tokens that a lax comparison takes for `head`. Each is refused as `from`. */
const NEAR: Record<string, (head: string) => string> = {
  "in the other case": (head) => (head === head.toUpperCase() ? head.toLowerCase() : head.toUpperCase()),
  "with one character more": (head) => `${head}0`,
  "with one character less": (head) => head.slice(0, -1),
  "with a blank after it": (head) => `${head} `,
  "with its last character changed": (head) => head.slice(0, -1) + (head.endsWith("0") ? "1" : "0"),
  "with its first character changed": (head) => (head.startsWith("0") ? "1" : "0") + head.slice(1),
};

export const commitCases: Case[] = cases("commits", {
  "from the present head are applied and answer with the new one": async (t) => {
    const { store, head } = await t.created(t.id(), ONE);
    const to = t.token();
    equal(await store.commit(change(head, to, [["b", bytes("2")]])), to, "answer");
    equal(await store.head(), to, "head");
    equalRecords(
      await read(store),
      [
        ["a", bytes("1")],
        ["b", bytes("2")],
      ],
      "records",
    );
  },
  overwrite: async (t) => {
    const { store, head } = await t.created(t.id(), ONE);
    await t.put(store, head, [["a", bytes("2")]]);
    equalRecords(await read(store), [["a", bytes("2")]], "records");
  },
  delete: async (t) => {
    const { store, head } = await t.created(t.id(), [["b", bytes("2")], ...ONE]);
    await t.put(store, head, [["b", null]]);
    equalRecords(await read(store), ONE, "records");
  },
  "delete what does not exist without harm": async (t) => {
    const { store, head } = await t.created(t.id(), ONE);
    await t.put(store, head, [["b", null]]);
    equalRecords(await read(store), ONE, "records");
  },
  "delete the last record; the store stays": async (t) => {
    const { store, head } = await t.created(t.id(), ONE);
    const to = await t.put(store, head, [["a", null]]);
    equal(await store.head(), to, "head of a store without records");
    equalRecords(await read(store), [], "records");
  },
  "write again what was deleted": async (t) => {
    const { store, head } = await t.created(t.id(), ONE);
    const emptied = await t.put(store, head, [["a", null]]);
    await t.put(store, emptied, [["a", bytes("again")]]);
    equalRecords(await read(store), [["a", bytes("again")]], "records");
  },
  "write, overwrite and delete in one": async (t) => {
    const { store, head } = await t.created(t.id(), [
      ["delete", bytes("1")],
      ["keep", bytes("2")],
      ["overwrite", bytes("3")],
    ]);
    await t.put(store, head, [
      ["write", bytes("4")],
      ["delete", null],
      ["overwrite", bytes("5")],
      ["nothing", null],
    ]);
    equalRecords(
      await read(store),
      [
        ["keep", bytes("2")],
        ["overwrite", bytes("5")],
        ["write", bytes("4")],
      ],
      "records",
    );
  },
  "whose deletions come first write the rest too": async (t) => {
    const { store, head } = await t.created(t.id(), [["z", bytes("1")]]);
    await t.put(store, head, [
      ["z", null],
      ["y", null],
      ["a", bytes("2")],
    ]);
    equalRecords(await read(store), [["a", bytes("2")]], "records");
  },
  "without ops move the head": async (t) => {
    const { store, head } = await t.created(t.id(), ONE);
    const to = await t.put(store, head, []);
    equal(await store.head(), to, "head");
    equalRecords(await read(store), ONE, "records");
    await t.put(store, to, [["a", bytes("2")]]);
    equalRecords(await read(store), [["a", bytes("2")]], "records after the next commit");
  },
  "without ops, many after one another": async (t) => {
    let { store, head } = await t.created(t.id(), ONE);
    for (let round = 0; round < 10; round += 1) {
      head = await t.put(store, head, []);
    }
    equal(await store.head(), head, "head");
    equalRecords(await read(store), ONE, "records");
  },
  "from an earlier head answer the actual one and change nothing": async (t) => {
    const { store, head } = await t.created(t.id(), ONE);
    const now = await t.put(store, head, [["b", bytes("2")]]);
    const stale = change(head, t.token(), [
      ["a", bytes("stale")],
      ["b", null],
      ["c", bytes("stale")],
    ]);
    equal(await store.commit(stale), now, "answer");
    equal(await store.head(), now, "head");
    equalRecords(
      await read(store),
      [
        ["a", bytes("1")],
        ["b", bytes("2")],
      ],
      "records",
    );
  },
  "from a head that never was answer the actual one and change nothing": async (t) => {
    const { store, head } = await t.created(t.id(), ONE);
    equal(await store.commit(change(t.token(), t.token(), [["a", null]])), head, "answer");
    equal(await store.head(), head, "head");
    equalRecords(await read(store), ONE, "records");
  },
  "without ops from a wrong head do not move it": async (t) => {
    const { store, head } = await t.created(t.id(), ONE);
    equal(await store.commit(change(t.token(), t.token(), [])), head, "answer");
    equal(await store.head(), head, "head");
  },
  "a refused one does not stand in the way of the next": async (t) => {
    const { store, head } = await t.created(t.id(), ONE);
    await store.commit(change(t.token(), t.token(), [["a", bytes("never")]]));
    const to = await t.put(store, head, [["b", bytes("2")]]);
    equal(await store.head(), to, "head");
    equalRecords(await read(store), [...ONE, ["b", bytes("2")]], "records");
  },
  "a refused one may be made anew from the actual head, under another token": async (t) => {
    const { store, head } = await t.created(t.id(), ONE);
    const now = await t.put(store, head, []);
    const ops = [["b", bytes("2")]] as const;
    equal(await store.commit(change(head, t.token(), ops)), now, "answer to the stale one");
    await t.put(store, now, ops);
    equalRecords(await read(store), [...ONE, ...ops], "records");
  },
  "a refused one is applied where its `from` becomes the head": async (t) => {
    // Not applied, so nothing of it is remembered: head is `from` now.
    const { store, head } = await t.created(t.id(), ONE);
    const later = t.token();
    const early = change(later, t.token(), [["b", bytes("2")]]);
    equal(await store.commit(early), head, "answer before");
    equal(await store.commit(change(head, later, [])), later, "answer to the one between");
    equal(await store.commit(early), early.to, "answer after");
    equalRecords(await read(store), [...ONE, ["b", bytes("2")]], "records");
  },
  "an earlier head is never taken back": async (t) => {
    const { store, head } = await t.created(t.id(), ONE);
    const second = await t.put(store, head, []);
    const third = await t.put(store, second, []);
    for (const from of [head, second]) {
      equal(await store.commit(change(from, t.token(), [["a", null]])), third, "answer to an earlier `from`");
    }
    equalRecords(await read(store), ONE, "records");
  },
  "twenty in a row keep what each has left": async (t) => {
    const store = await t.open(t.id());
    const expected = new Map<string, Uint8Array>();
    let head: string | null = null;
    for (let round = 0; round < 20; round += 1) {
      const key = `k${round % 7}`;
      const value = round % 5 === 4 ? null : bytes(`round ${round}`);
      head = await t.put(store, head, [[key, value]]);
      if (value === null) {
        expected.delete(key);
      } else {
        expected.set(key, value);
      }
    }
    equal(await store.head(), head, "head");
    equalRecords(await read(store), [...expected], "records");
  },
  "may be written in any order of their keys": async (t) => {
    const { store } = await t.created(
      t.id(),
      ["q", "a", "z", "m", "b"].map((key) => [key, bytes(key)]),
    );
    equalRecords(
      await read(store),
      ["a", "b", "m", "q", "z"].map((key) => [key, bytes(key)]),
      "records",
    );
  },
  "of a thousand ops are applied as a whole": async (t) => {
    const ops = Array.from({ length: 1000 }, (_, at) => [`k${at}`, bytes(`value ${at}`)] as const);
    const { store, head } = await t.created(t.id(), ops);
    equalRecords(await read(store), ops, "after a thousand writes");
    await t.put(
      store,
      head,
      ops.slice(1).map(([key]) => [key, null]),
    );
    equalRecords(await read(store), ops.slice(0, 1), "after all deletions but one");
  },
  "that delete many keys in a row leave what lies between them": async (t) => {
    const keys = Array.from({ length: 40 }, (_, at) => `k${String(at).padStart(2, "0")}`);
    const kept = ["j", "k03!", "k17~", "k5", "l"].map((key) => [key, bytes(key)] as const);
    const { store, head } = await t.created(t.id(), [
      ...keys.map((key) => [key, bytes("1")] as const),
      ...kept,
    ]);
    const between = ["k21a", bytes("2")] as const;
    const now = await t.put(store, head, [
      ...keys.slice(0, 10).map((key) => [key, null] as const),
      between,
      ...keys.slice(12, 30).map((key) => [key, null] as const),
    ]);
    const left = [...keys.slice(10, 12), ...keys.slice(30)].map((key) => [key, bytes("1")] as const);
    equalRecords(await read(store), [...left, ...kept, between], "records");
    // Some of them are there, some are not any more.
    await t.put(
      store,
      now,
      keys.slice(8).map((key) => [key, null]),
    );
    equalRecords(await read(store), [...kept, between], "records after all deletions");
  },
  ...Object.fromEntries(
    Object.entries(NEAR).map(([name, near]) => [
      `from the head ${name} change nothing`,
      async (t) => {
        const { store, head } = await t.created(t.id(), ONE);
        equal(await store.commit(change(near(head), t.token(), [["a", null]])), head, "answer");
        equal(await store.head(), head, "head");
        equalRecords(await read(store), ONE, "records");
      },
    ]) satisfies Array<[string, Case["body"]]>,
  ),
});
