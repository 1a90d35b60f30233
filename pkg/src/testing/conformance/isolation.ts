import { equal, equalRecords, show } from "./assertion.js";
import { bytes, type Case, cases, change, read, type Trial } from "./trial.js";

const X = "x".repeat(255);

/** Sets of ids that a careless encoding, comparison or file system takes for the same. */
const SIMILAR: Record<string, readonly string[]> = {
  "that differ in case": ["runtime", "Runtime", "RUNTIME", "runTime"],
  "that differ in case beyond ASCII": ["Ä", "ä", "ẞ", "ß", "ss", "SS"],
  "that are prefixes of one another": ["a", "aa", "aaa", "aaaa"],
  "that differ in blanks": ["a", " a", "a ", "a  ", "a\t", "a\u00a0"],
  "that differ in a null character": ["a", "a\u0000", "a\u0000\u0000", "\u0000a"],
  "that differ in dots": [".", "..", "...", "a", "a.", ".a", "./a", "a/."],
  "that differ in slashes": ["a/b", "a//b", "/a/b", "a/b/", "a\\b", "a"],
  "that a path would resolve to the same": ["a", "b/../a", "./a", "a/../a"],
  "that escape one another": ["%", "%25", "%2525", "/", "%2F", "%2f", "_", "+", "a b", "a+b", "a%20b"],
  "that differ in Unicode normalization": ["\u00e9", "e\u0301", "\u212b", "\u00c5", "A\u030a", "ﬁ", "fi"],
  "that differ in what cannot be seen": ["ab", "a\u200bb", "a\u200db", "a\ufeffb", "a\u00adb"],
  "that look alike": ["a", "а", "ɑ", "ａ"],
  "that are numbers to some": ["1", "01", "1.0", "+1", "1e0", "１"],
  "that are values to some": ["null", "undefined", "NaN", "true", "0", "[object Object]"],
  "of 256 bytes that differ in the last one": [`${X}a`, `${X}b`, `${X}A`, X],
  "of 256 bytes that differ in the first one": [`a${X}`, `b${X}`, `A${X}`],
  "of 256 bytes of four-byte characters": ["👩", "👨", "👧"].map((last) => "👩".repeat(63) + last),
  "that share the low bytes of their characters": ["a", "\u0161", "\u0261", "\u5d61", "\u{10061}"],
  "that a narrow encoding has no characters for": ["工", "人", "运", "?", "\ufffd", "\u001a"],
  "that differ in a surrogate only": ["\u{1f600}", "\u{1f601}", "\u{1f200}", "\u{1fa00}"],
};

/** What an adapter may put between an id and a key; "id + separator + key" alone is ambiguous. */
const SEPARATORS = ["/", ":", "|", "!", "~", "-", "_", ".", ",", "#", "=", "\\", "%", "$"];

/** Each id has a store of its own with the same keys, and each change touches only its own. */
async function apart(t: Trial, ids: readonly string[]): Promise<void> {
  const stores = [];
  for (const id of ids) {
    await t.storage.delete(id);
  }
  for (const id of ids) {
    const { store, head } = await t.created(id, [
      ["key", bytes(`first ${id}`)],
      ["gone", bytes(id)],
    ]);
    stores.push({ id, store, head });
  }
  for (const { id, store, head } of stores) {
    equal(await store.head(), head, `head of ${show(id)}`);
    await t.put(store, head, [
      ["key", bytes(`second ${id}`)],
      ["gone", null],
    ]);
  }
  for (const { id, store } of stores) {
    equalRecords(await read(store), [["key", bytes(`second ${id}`)]], `records of ${show(id)}`);
  }
  const listed = await t.storage.list();
  for (const id of ids) {
    equal(listed.filter((other) => other === id).length, 1, `times that ${show(id)} is listed`);
  }
  const [first, ...others] = stores;
  if (first !== undefined) {
    await t.storage.delete(first.id);
    equal(await first.store.head(), null, `head of ${show(first.id)} after its deletion`);
  }
  for (const { id, store } of others) {
    equalRecords(
      await read(store),
      [["key", bytes(`second ${id}`)]],
      `records of ${show(id)} after a deletion`,
    );
  }
  for (const { id, store } of others) {
    await t.close(store);
    await t.storage.delete(id);
  }
}

export const isolationCases: Case[] = cases("isolation", {
  ...Object.fromEntries(
    Object.entries(SIMILAR).map(([name, ids]) => [
      `ids ${name} name different stores`,
      (t) => apart(t, ids),
    ]) satisfies Array<[string, Case["body"]]>,
  ),
  "equal keys in two runtimes are two records": async (t) => {
    const one = await t.created(t.id(), [["key", bytes("1")]]);
    const two = await t.created(t.id(), [["key", bytes("2")]]);
    equalRecords(await read(one.store), [["key", bytes("1")]], "first runtime");
    equalRecords(await read(two.store), [["key", bytes("2")]], "second runtime");
  },
  "a record deleted in one runtime stays in the other": async (t) => {
    const one = await t.created(t.id(), [["key", bytes("1")]]);
    const two = await t.created(t.id(), [["key", bytes("2")]]);
    await t.put(one.store, one.head, [["key", null]]);
    equalRecords(await read(one.store), [], "first runtime");
    equalRecords(await read(two.store), [["key", bytes("2")]], "second runtime");
  },
  "the head of one runtime is no `from` for another": async (t) => {
    const one = await t.created(t.id(), [["key", bytes("1")]]);
    const two = await t.created(t.id(), [["key", bytes("2")]]);
    equal(await two.store.commit(change(one.head, t.token(), [["key", null]])), two.head, "answer");
    equalRecords(await read(two.store), [["key", bytes("2")]], "second runtime");
    equal(await one.store.head(), one.head, "head of the first runtime");
  },
  "the head of one runtime is no `from` for one that does not exist": async (t) => {
    const one = await t.created(t.id(), [["key", bytes("1")]]);
    const none = await t.open(t.id());
    equal(await none.commit(change(one.head, t.token(), [["key", null]])), null, "answer");
    equalRecords(await read(one.store), [["key", bytes("1")]], "first runtime");
  },
  "a commit of one runtime moves no other head": async (t) => {
    const one = await t.created(t.id(), []);
    const two = await t.created(t.id(), []);
    const now = await t.put(one.store, one.head, []);
    equal(await two.store.head(), two.head, "head of the second runtime");
    await t.put(two.store, two.head, []);
    equal(await one.store.head(), now, "head of the first runtime");
  },
  "a range over all keys of one runtime has none of another": async (t) => {
    const base = t.id();
    const stores = [];
    for (const suffix of ["", "!", "0", "a", "~", "é"]) {
      stores.push({
        suffix,
        ...(await t.created(base + suffix, [[`key${suffix === "é" ? "e" : suffix}`, bytes(suffix)]])),
      });
    }
    for (const { suffix, store } of stores) {
      equalRecords(
        await read(store),
        [[`key${suffix === "é" ? "e" : suffix}`, bytes(suffix)]],
        `records of the runtime with ${show(suffix)} at its end`,
      );
    }
  },
  ...Object.fromEntries(
    SEPARATORS.map((separator) => [
      `an id that ends where a key begins, with ${separator} between them`,
      async (t) => {
        const base = t.id();
        const short = await t.created(base, [
          [`b${separator}c`, bytes("short id")],
          [`${separator}c`, bytes("short id, key with the separator first")],
        ]);
        const long = await t.created(`${base}${separator}b`, [["c", bytes("long id")]]);
        const twice = await t.created(`${base}${separator}`, [["c", bytes("id with the separator last")]]);
        equalRecords(
          await read(short.store),
          [
            [`b${separator}c`, bytes("short id")],
            [`${separator}c`, bytes("short id, key with the separator first")],
          ],
          "runtime with the short id",
        );
        equalRecords(await read(long.store), [["c", bytes("long id")]], "runtime with the long id");
        equalRecords(
          await read(twice.store),
          [["c", bytes("id with the separator last")]],
          "runtime between them",
        );
      },
    ]) satisfies Array<[string, Case["body"]]>,
  ),
  "runtimes commit at the same time without disturbing one another": async (t) => {
    const opened = [];
    for (let count = 0; count < 8; count += 1) {
      opened.push(await t.created(t.id(), []));
    }
    const heads = await Promise.all(
      opened.map(async ({ store, head }, at) => {
        let now = head;
        for (let round = 0; round < 6; round += 1) {
          now = await t.put(store, now, [[`k${round}`, bytes(`${at}-${round}`)]]);
        }
        return now;
      }),
    );
    for (const [at, { store }] of opened.entries()) {
      equal(await store.head(), heads[at] as string, "head");
      equalRecords(
        await read(store),
        Array.from({ length: 6 }, (_, round) => [`k${round}`, bytes(`${at}-${round}`)] as const),
        "records",
      );
    }
  },
});
