import { equal, equalList, equalRecords, ok } from "./assertion.js";
import { ALL, bytes, type Case, cases, keys, read } from "./trial.js";

const LETTERS = ["a", "b", "c", "d", "e", "f", "g"];

/** Ranges over `LETTERS`, each with what it holds. */
const RANGES: Array<[name: string, range: { gte: string; lt: string; limit?: number }, found: string]> = [
  ["everything", { gte: "", lt: "~" }, "abcdefg"],
  ["`gte` belongs to the range", { gte: "c", lt: "~" }, "cdefg"],
  ["`lt` does not belong to the range", { gte: "", lt: "c" }, "ab"],
  ["both bounds are keys of records", { gte: "b", lt: "e" }, "bcd"],
  ["neither bound is a key of a record", { gte: "aa", lt: "dd" }, "bcd"],
  ["exactly one record", { gte: "c", lt: "c!" }, "c"],
  ["between two neighbours", { gte: "c!", lt: "d" }, ""],
  ["below all records", { gte: "!", lt: "A" }, ""],
  ["above all records", { gte: "h", lt: "~" }, ""],
  ["equal bounds give nothing", { gte: "c", lt: "c" }, ""],
  ["bounds in the wrong order give nothing", { gte: "e", lt: "b" }, ""],
  ["bounds in the wrong order give nothing, with a limit", { gte: "e", lt: "b", limit: 3 }, ""],
  ['an upper bound of "" gives nothing', { gte: "", lt: "" }, ""],
  ['a key and an upper bound of "" give nothing', { gte: "c", lt: "" }, ""],
  ["the lowest bound that is a key", { gte: "!", lt: "~" }, "abcdefg"],
  ["bounds of 200 characters", { gte: "a".repeat(200), lt: "c".repeat(200) }, "bc"],
  ["a limit of 0 gives nothing", { gte: "", lt: "~", limit: 0 }, ""],
  ["a limit of 1 gives the first", { gte: "", lt: "~", limit: 1 }, "a"],
  ["a limit counts from `gte`", { gte: "c", lt: "~", limit: 2 }, "cd"],
  ["a limit of what is there", { gte: "", lt: "~", limit: 7 }, "abcdefg"],
  ["a limit of one less than is there", { gte: "", lt: "~", limit: 6 }, "abcdef"],
  ["a limit above what is there", { gte: "b", lt: "e", limit: 100 }, "bcd"],
  ["a limit far above what is there", { gte: "", lt: "~", limit: 1_000_000_000 }, "abcdefg"],
  ["the largest limit", { gte: "", lt: "~", limit: Number.MAX_SAFE_INTEGER }, "abcdefg"],
  ["a limit of 2^32", { gte: "", lt: "~", limit: 2 ** 32 }, "abcdefg"],
  ["a limit does not reach over `lt`", { gte: "f", lt: "g", limit: 5 }, "f"],
];

export const readCases: Case[] = cases("reads", {
  ...Object.fromEntries(
    RANGES.map(([name, range, found]) => [
      name,
      async (t) => {
        const records = LETTERS.map((key) => [key, bytes(`value of ${key}`)] as const);
        const { store } = await t.created(t.id(), records);
        equalRecords(
          await read(store, range),
          records.filter(([key]) => found.includes(key)),
          "records in the range",
        );
      },
    ]) satisfies Array<[string, Case["body"]]>,
  ),
  "of a store that does not exist give nothing": async (t) => {
    const store = await t.open(t.id());
    equalRecords(await read(store), [], "no store");
    equalRecords(await read(store, { gte: "a", lt: "b", limit: 5 }), [], "no store, with a limit");
  },
  "of a store without records give nothing": async (t) => {
    const { store } = await t.created(t.id(), []);
    equalRecords(await read(store), [], "no records");
  },
  "a prefix is read by its bounds, without its neighbours": async (t) => {
    const all = ["e", "e!", "e/", "e/1", "e/10", "e/2", "e/~", "e0", "f/1"];
    const { store } = await t.created(
      t.id(),
      all.map((key) => [key, bytes(key)]),
    );
    // "0" follows "/" in the order of code units.
    equalList(await keys(store, { gte: "e/", lt: "e0" }), ["e/", "e/1", "e/10", "e/2", "e/~"], "prefix e/");
    equalList(await keys(store, { gte: "e", lt: "e!" }), ["e"], "the prefix alone");
  },
  "pages that follow one another give everything once": async (t) => {
    const records = Array.from(
      { length: 53 },
      (_, at) => [`k${String(at).padStart(3, "0")}`, bytes(`${at}`)] as const,
    );
    const { store } = await t.created(t.id(), records);
    const paged: Array<readonly [string, Uint8Array]> = [];
    let gte = "";
    for (let pages = 0; pages < 20; pages += 1) {
      const page = await read(store, { gte, lt: ALL.lt, limit: 10 });
      ok(page.length <= 10, "a page has at most as many records as its limit");
      paged.push(...page);
      const last = page.at(-1);
      if (last === undefined) {
        break;
      }
      gte = `${last[0]}!`;
    }
    equalRecords(paged, records, "all pages");
    equalList(
      paged.map(([key]) => key),
      records.map(([key]) => key),
      "order over pages",
    );
  },
  "a deleted record counts for no limit": async (t) => {
    const { store, head } = await t.created(
      t.id(),
      LETTERS.map((key) => [key, bytes(key)]),
    );
    await t.put(store, head, [
      ["b", null],
      ["c", null],
    ]);
    equalList(
      await keys(store, { gte: "a", lt: "~", limit: 3 }),
      ["a", "d", "e"],
      "three after two were deleted",
    );
  },
  "of a large store give a part or all of it": async (t) => {
    const records = Array.from(
      { length: 1100 },
      (_, at) => [`k${String(at).padStart(4, "0")}`, bytes(`${at}`)] as const,
    );
    const { store } = await t.created(t.id(), records);
    equalList(
      await keys(store, { gte: "k0300", lt: "k0304" }),
      ["k0300", "k0301", "k0302", "k0303"],
      "four keys",
    );
    equalList(await keys(store, { gte: "k1098", lt: "~", limit: 5 }), ["k1098", "k1099"], "the last keys");
    equalRecords(await read(store), records, "everything");
  },
  "change nothing": async (t) => {
    const { store, head } = await t.created(t.id(), [["a", bytes("1")]]);
    for (let time = 0; time < 3; time += 1) {
      await read(store);
      await read(store, { gte: "b", lt: "c" });
      equal(await store.head(), head, "head after reads");
    }
    equalRecords(await read(store), [["a", bytes("1")]], "records after reads");
  },
  "that run together do not disturb one another": async (t) => {
    const { store } = await t.created(
      t.id(),
      LETTERS.map((key) => [key, bytes(key)]),
    );
    const answers = await Promise.all(
      LETTERS.flatMap((key) => [
        keys(store, { gte: key, lt: `${key}!` }),
        keys(store, { gte: key, lt: "~", limit: 1 }),
      ]),
    );
    for (const [at, answer] of answers.entries()) {
      equalList(answer, [LETTERS[at >> 1] as string], "one of many reads");
    }
  },
  "show a commit that was fulfilled before the call": async (t) => {
    const store = await t.open(t.id());
    let head: string | null = null;
    for (let round = 0; round < 10; round += 1) {
      head = await t.put(store, head, [["round", bytes(`${round}`)]]);
      equalRecords(await read(store), [["round", bytes(`${round}`)]], "read after a commit");
      equalRecords(
        await read(store, { gte: "round", lt: "s", limit: 1 }),
        [["round", bytes(`${round}`)]],
        "with a limit",
      );
    }
  },
});
