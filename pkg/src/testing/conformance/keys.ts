import { equalList, equalRecords } from "./assertion.js";
import { bytes, type Case, cases, keys, read } from "./trial.js";

/** Every character that a key may have, in code unit order. */
const CHARACTERS = Array.from({ length: 94 }, (_, at) => String.fromCharCode(0x21 + at));

/** Sets of keys that a careless encoding, comparison or pattern takes for the same or for each other's prefix. */
const CONFUSABLE: Record<string, readonly string[]> = {
  "keys that differ in case only": ["key", "Key", "KEY", "kEY"],
  "keys that are prefixes of one another": ["A", "AA", "AAA", "AAAA"],
  "keys with path separators and dots": [".", "..", "../a", "a/../b", "a/b", "a//b", "/", "//", "\\", "a\\b"],
  "keys that escape one another": ["%", "%25", "%2525", "a%2Fb", "a/b", "%00", "+", "%20"],
  "keys that are patterns": ["a%", "a_", "a*", "a?", "ab", "[ab]", "a.", "^a$", ".*"],
  "keys with quotes": ["'", "''", '"', "`", "';--", '\\"', "\\'", "$(x)", "{{x}}"],
  "keys that are names of every object": [
    "__proto__",
    "constructor",
    "hasOwnProperty",
    "length",
    "prototype",
    "toString",
    "valueOf",
  ],
  "keys that look like values": [
    "null",
    "undefined",
    "true",
    "NaN",
    "0",
    "-0",
    "-1",
    "1e3",
    "[object|Object]",
    "{}",
  ],
  "keys that look like numbers": ["0", "00", "01", "1", "1.0", "10", "2", "0x1", "9007199254740993"],
  "keys that an adapter might keep for itself": [
    "head",
    "root",
    "meta",
    "records",
    "$head",
    "_id",
    "id",
    "key",
    "!",
    "~",
  ],
  "keys of separators": ["|", "||", ":", "::", ",", ";", "#", "&", "=", "a=b", "a|b", "a:b", "a,b", "a#b"],
};

const LONG = "k".repeat(199);

export const keyCases: Case[] = cases("keys", {
  "each single character is a key": async (t) => {
    const records = CHARACTERS.map((character) => [character, bytes(`value of ${character}`)] as const);
    const { store } = await t.created(t.id(), records);
    equalRecords(await read(store), records, "one record a character");
  },
  "each character may stand within a key": async (t) => {
    const records = CHARACTERS.map((character) => [`a${character}b`, bytes(character)] as const);
    const { store } = await t.created(t.id(), records);
    equalRecords(await read(store), records, "one record a character");
  },
  "are ordered by code unit, not as a language would": async (t) => {
    const sorted = [
      "!",
      "-a",
      "0",
      "10",
      "9",
      "A",
      "B",
      "Z",
      "[",
      "_",
      "`",
      "a",
      "aB",
      "ab",
      "b",
      "z",
      "{",
      "~",
    ];
    const { store } = await t.created(
      t.id(),
      [...sorted].reverse().map((key) => [key, bytes(key)]),
    );
    equalList(await keys(store), sorted, "order of keys");
  },
  "are in order, in whichever order they came": async (t) => {
    const store = await t.open(t.id());
    let head: string | null = null;
    for (const key of ["m", "c", "x", "a", "z", "b", "y"]) {
      head = await t.put(store, head, [[key, bytes(key)]]);
    }
    equalList(await keys(store), ["a", "b", "c", "m", "x", "y", "z"], "order of keys");
  },
  "of 200 characters that differ in the last one": async (t) => {
    const records = ["a", "b", "~", "!"].map((last) => [LONG + last, bytes(last)] as const);
    const { store } = await t.created(t.id(), records);
    equalRecords(await read(store), records, "long keys");
  },
  "of 199 and 200 characters with one prefix": async (t) => {
    const records = [LONG, `${LONG}k`, LONG.slice(1)].map((key) => [key, bytes(String(key.length))] as const);
    const { store } = await t.created(t.id(), records);
    equalRecords(await read(store), records, "long keys");
  },
  "of 200 characters that an encoding makes longer": async (t) => {
    const records = ["%", "/", "\\", '"', "'", "&", "<"].map((c) => [c.repeat(200), bytes(c)] as const);
    const { store } = await t.created(t.id(), records);
    equalRecords(await read(store), records, "long keys");
  },
  ...Object.fromEntries(
    Object.entries(CONFUSABLE).map(([name, set]) => [
      name.replace(/^keys /, ""),
      async (t) => {
        const id = t.id();
        const records = set.map((key) => [key, bytes(`value of ${key}`)] as const);
        const { store, head } = await t.created(id, records);
        equalRecords(await read(store), records, "after the creation");
        // One of them less: the others stay.
        const [gone, ...left] = records;
        await t.put(store, head, [[(gone as (typeof records)[number])[0], null]]);
        equalRecords(await read(store), left, "after one was deleted");
      },
    ]) satisfies Array<[string, Case["body"]]>,
  ),
});
