/** What the makers of storages are given. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { indexedDbStorage } from "worker-runtime/indexeddb";
import { nodeFsStorage } from "worker-runtime/node-fs";
import { thrown } from "./support.mjs";

const throwing = (name) =>
  Object.defineProperty({}, name, {
    get() {
      throw new Error("no");
    },
  });

for (const [options, path] of [
  [undefined, "options"],
  [null, "options"],
  ["/somewhere", "options"],
  [[], "options"],
  [{}, "directory"],
  [{ directory: undefined }, "directory"],
  [{ directory: null }, "directory"],
  [{ directory: 3 }, "directory"],
  [{ directory: "" }, "directory"],
  [{ directory: "a\0b" }, "directory"],
  [{ directory: "\ud800" }, "directory"],
  [{ directory: new URL("file:///somewhere") }, "directory"],
  [Object.create({ directory: "/somewhere" }), "directory"],
  [throwing("directory"), "directory"],
]) {
  test(`nodeFsStorage(${print(options)}) names ${path}`, () => {
    thrown(() => nodeFsStorage(options), "invalid_request", { path });
  });
}

for (const [options, path] of [
  [null, "options"],
  ["name", "options"],
  [[], "options"],
  [{ databaseName: null }, "databaseName"],
  [{ databaseName: 3 }, "databaseName"],
  [{ databaseName: "\ud800" }, "databaseName"],
  [{ durability: null }, "durability"],
  [{ durability: "fsync" }, "durability"],
  [{ durability: true }, "durability"],
  [{ indexedDB: null }, "indexedDB"],
  [{ indexedDB: {} }, "indexedDB"],
  [{ indexedDB: "memory" }, "indexedDB"],
  [throwing("databaseName"), "databaseName"],
  [{ indexedDB: throwing("open") }, "indexedDB"],
]) {
  test(`indexedDbStorage(${print(options)}) names ${path}`, () => {
    thrown(() => indexedDbStorage(options), "invalid_request", { path });
  });
}

test("nothing is asked of the machine before a storage is used", () => {
  for (const options of [
    undefined,
    {},
    { databaseName: "" },
    { durability: "relaxed", indexedDB: undefined },
  ]) {
    assert.equal(typeof indexedDbStorage(options).open, "function");
  }
  assert.equal(typeof nodeFsStorage({ directory: "/nowhere/at/all", more: 1 }).open, "function");
});

function print(options) {
  return options === undefined
    ? ""
    : typeof options === "object" && options !== null
      ? Object.keys(options).join() || "an object"
      : String(options);
}
