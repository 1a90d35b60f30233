import { equalBytes, equalRecords, ok } from "./assertion.js";
import { bytes, type Case, cases, noise, read } from "./trial.js";

const MIB = 1_048_576;

/** Around what encodings, pages, pools and blobs count in. */
const LENGTHS = [
  1, 2, 3, 255, 256, 257, 4095, 4096, 4097, 8192, 32_767, 49_152, 65_535, 65_536, 65_537, 262_144,
];

/** Byte sequences that text encodings, compressors and parsers take for something else. */
const CONTENTS: Record<string, Uint8Array> = {
  "every byte there is": Uint8Array.from({ length: 256 }, (_, at) => at),
  "zeros only": new Uint8Array(1000),
  "0xFF only": new Uint8Array(1000).fill(0xff),
  "no valid UTF-8": Uint8Array.of(0xc0, 0x80, 0xed, 0xa0, 0x80, 0xf5, 0xff, 0xfe),
  "a byte order mark": Uint8Array.of(0xef, 0xbb, 0xbf, 0x61),
  "line ends": bytes("\r\n\n\r\u2028\u2029\u0000"),
  "something like JSON": bytes('{"__proto__":null,"from":null,"ops":[]}\n'),
  "something like base64": bytes("AAAA===="),
};

export const valueCases: Case[] = cases("values", {
  "may be empty": async (t) => {
    const { store } = await t.created(t.id(), [["empty", new Uint8Array(0)]]);
    equalRecords(await read(store), [["empty", new Uint8Array(0)]], "empty value");
  },
  "an empty value is not a deletion": async (t) => {
    const { store, head } = await t.created(t.id(), [["key", bytes("full")]]);
    await t.put(store, head, [["key", new Uint8Array(0)]]);
    equalRecords(await read(store), [["key", new Uint8Array(0)]], "emptied value");
  },
  "an empty value can be filled again": async (t) => {
    const { store, head } = await t.created(t.id(), [["key", new Uint8Array(0)]]);
    await t.put(store, head, [["key", bytes("full")]]);
    equalRecords(await read(store), [["key", bytes("full")]], "filled value");
  },
  "of exactly 1 MiB": async (t) => {
    const value = noise(MIB, 7);
    const { store } = await t.created(t.id(), [["big", value]]);
    equalRecords(await read(store), [["big", value]], "value of 1 MiB");
  },
  "of exactly 1 MiB, overwritten by another": async (t) => {
    const { store, head } = await t.created(t.id(), [["big", noise(MIB, 1)]]);
    const value = noise(MIB, 2);
    await t.put(store, head, [["big", value]]);
    equalRecords(await read(store), [["big", value]], "value of 1 MiB");
  },
  "three of 1 MiB in one commit": async (t) => {
    const records = [1, 2, 3].map((seed) => [`big-${seed}`, noise(MIB, seed)] as const);
    const { store } = await t.created(t.id(), records);
    equalRecords(await read(store), records, "values of 1 MiB");
  },
  "of every length around a boundary": async (t) => {
    const records = LENGTHS.map((length) => [`length-${length}`, noise(length, length)] as const);
    const { store } = await t.created(t.id(), records);
    equalRecords(await read(store), records, "values");
  },
  "shrink when a shorter one takes their place": async (t) => {
    const { store, head } = await t.created(t.id(), [["key", noise(5000)]]);
    await t.put(store, head, [["key", bytes("short")]]);
    equalRecords(await read(store), [["key", bytes("short")]], "overwritten value");
  },
  "grow when a longer one takes their place": async (t) => {
    const { store, head } = await t.created(t.id(), [
      ["key", bytes("short")],
      ["next", bytes("neighbour")],
    ]);
    await t.put(store, head, [["key", noise(5000)]]);
    equalRecords(
      await read(store),
      [
        ["key", noise(5000)],
        ["next", bytes("neighbour")],
      ],
      "overwritten value and its neighbour",
    );
  },
  "that are equal under different keys stay apart": async (t) => {
    const { store, head } = await t.created(t.id(), [
      ["a", bytes("same")],
      ["b", bytes("same")],
    ]);
    await t.put(store, head, [["a", bytes("other")]]);
    equalRecords(
      await read(store),
      [
        ["a", bytes("other")],
        ["b", bytes("same")],
      ],
      "after one of them changed",
    );
  },
  "that are a part of a larger buffer are stored without the rest of it": async (t) => {
    const whole = noise(1000);
    const { store } = await t.created(t.id(), [
      ["head", whole.subarray(0, 10)],
      ["middle", whole.subarray(300, 400)],
      ["none", whole.subarray(500, 500)],
      ["tail", whole.subarray(990)],
    ]);
    const found = await read(store);
    equalRecords(
      found,
      [
        ["head", whole.slice(0, 10)],
        ["middle", whole.slice(300, 400)],
        ["none", new Uint8Array(0)],
        ["tail", whole.slice(990)],
      ],
      "parts of a buffer",
    );
  },
  "two keys may share one buffer in a commit": async (t) => {
    const value = noise(64);
    const { store } = await t.created(t.id(), [
      ["a", value],
      ["b", value],
    ]);
    const [a, b] = await read(store);
    ok(a !== undefined && b !== undefined, "both records are there");
    equalBytes(a[1], noise(64), "first value");
    equalBytes(b[1], noise(64), "second value");
  },
  ...Object.fromEntries(
    Object.entries(CONTENTS).map(([name, value]) => [
      `of ${name}`,
      async (t) => {
        const { store } = await t.created(t.id(), [["key", value.slice()]]);
        equalRecords(await read(store), [["key", value]], name);
      },
    ]) satisfies Array<[string, Case["body"]]>,
  ),
});
