import { equal, equalList, ok, show } from "./assertion.js";
import { bytes, type Case, cases, change, type Trial } from "./trial.js";

const ONE = [["a", bytes("1")]] as const;

/** Creates a runtime under each of `ids`, in this order, and closes it. */
async function create(t: Trial, ids: readonly string[]): Promise<void> {
  for (const id of ids) {
    await t.close((await t.created(id, [])).store);
  }
}

/** The part of the list that begins with `prefix`, which is made up for one run, so that nobody else's are in it. */
async function listed(t: Trial, prefix: string): Promise<string[]> {
  const list: unknown = await t.storage.list();
  ok(
    Array.isArray(list) && list.every((id) => typeof id === "string"),
    `list answers with ids, not ${show(list)}`,
  );
  return (list as string[]).filter((id) => id.startsWith(prefix));
}

/** Endings in ascending order of their UTF-8 bytes. */
const ORDERS: Record<string, readonly string[]> = {
  "numbers as text": ["0", "1", "10", "11", "2", "20", "9"],
  "case as bytes": ["A", "B", "Z", "a", "b", "z"],
  "punctuation around letters": ["!", "-", ".", "/", "0", ":", "A", "_", "a", "~"],
  "a prefix before what it begins": ["", "a", "aa", "aaa", "ab"],
  "control characters first": ["\u0000", "\u0001", "\t", "\n", " ", "a"],
  "a prefix before the same with a null character": ["a", "a\u0000", "a\u0001", "aa"],
  "accents after all of ASCII": ["a", "z", "~", "\u007f", "ä", "é", "ÿ", "Ā"],
  // In UTF-16 the surrogates of U+1F600 (D83D …) come before U+E000 to U+FFFF; in UTF-8 it is the other way round.
  "characters outside the basic plane after all within": [
    "z",
    "\ud7ff",
    "\ue000",
    "\uff61",
    "\uffff",
    "\u{10000}",
    "\u{1f600}",
    "\u{10ffff}",
  ],
  "characters outside the basic plane after others, behind a common part": [
    "x\uff61",
    "x\uff61a",
    "x\u{1f600}",
    "x\u{1f600}\uff61",
    "x\u{1f600}\u{1f600}",
  ],
  "scripts by their code points": ["Ω", "Я", "ا", "あ", "工", "한"],
};

export const listCases: Case[] = cases("list", {
  ...Object.fromEntries(
    Object.entries(ORDERS).map(([name, endings]) => [
      `is in the order of UTF-8 bytes: ${name}`,
      async (t) => {
        const prefix = `${t.id("list")}-`;
        const ids = endings.map((ending) => prefix + ending);
        // Neither in this order nor in its reverse.
        const shuffled = [
          ...ids.filter((_, at) => at % 2 === 1),
          ...ids.filter((_, at) => at % 2 === 0).reverse(),
        ];
        await create(t, shuffled);
        equalList(await listed(t, prefix), ids, "list");
      },
    ]) satisfies Array<[string, Case["body"]]>,
  ),
  "does not have what was never created": async (t) => {
    const id = t.id();
    equalList(await listed(t, id), [], "list");
    await t.open(id);
    equalList(await listed(t, id), [], "list after opening");
  },
  "has what is open": async (t) => {
    const id = t.id();
    await t.created(id, ONE);
    equalList(await listed(t, id), [id], "list");
  },
  "has what is closed": async (t) => {
    const id = t.id();
    await create(t, [id]);
    equalList(await listed(t, id), [id], "list");
  },
  "has a runtime without records": async (t) => {
    const id = t.id();
    const { store, head } = await t.created(id, ONE);
    await t.put(store, head, [["a", null]]);
    equalList(await listed(t, id), [id], "list");
  },
  "has each runtime once, however many commits and handles it has": async (t) => {
    const id = t.id();
    const { store, head } = await t.created(id, ONE);
    const rival = await t.rival(id);
    await t.put(rival, await t.put(store, head, [["b", bytes("2")]]), [["c", bytes("3")]]);
    equalList(await listed(t, id), [id], "list");
  },
  "does not have what was deleted": async (t) => {
    const prefix = t.id("list");
    const ids = ["a", "b", "c"].map((ending) => prefix + ending);
    await create(t, ids);
    await t.storage.delete(`${prefix}b`);
    equalList(await listed(t, prefix), [`${prefix}a`, `${prefix}c`], "list");
  },
  "has what was created again": async (t) => {
    const id = t.id();
    await create(t, [id]);
    await t.storage.delete(id);
    await create(t, [id]);
    equalList(await listed(t, id), [id], "list");
  },
  "does not have a creation that was refused": async (t) => {
    const id = t.id();
    const store = await t.open(id);
    await store.commit(change(t.token(), t.token(), ONE));
    equalList(await listed(t, id), [], "list");
  },
  "has what another storage over the same medium has created": async (t) => {
    const id = t.id();
    const rival = await t.rival(id, await t.another());
    await t.put(rival, null, ONE);
    equalList(await listed(t, id), [id], "list");
  },
  "gives a list that may be changed": async (t) => {
    const id = t.id();
    await create(t, [id]);
    const list = await t.storage.list();
    list.length = 0;
    equalList(await listed(t, id), [id], "list");
  },
  "has many": async (t) => {
    const prefix = t.id("list");
    const ids = Array.from({ length: 60 }, (_, at) => `${prefix}${String(at).padStart(2, "0")}`);
    await create(t, [...ids].reverse());
    equalList(await listed(t, prefix), ids, "list");
  },
  "changes nothing": async (t) => {
    const { store, head } = await t.created(t.id(), ONE);
    await Promise.all([t.storage.list(), t.storage.list()]);
    equal(await store.head(), head, "head");
  },
});
