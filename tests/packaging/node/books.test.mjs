import assert from "node:assert/strict";
import { test } from "node:test";
import { memoryStorage, Runtime } from "worker-runtime";
import { nodeFsStorage } from "worker-runtime/node-fs";
import { storageConformance } from "worker-runtime/testing";
import { keepBooks, keepBooksInMemory } from "./shared/books.js";

test("keeps books in files", async () => {
  const told = await keepBooks(Runtime, nodeFsStorage({ directory: process.env.BOOKS }));
  assert.equal(told.total, 4);
});

test("keeps books in memory", async () => {
  const [, second] = await keepBooksInMemory(Runtime, memoryStorage());
  assert.equal(second.found, 4);
});

for (const { name, run } of storageConformance(async () => ({ storage: memoryStorage() }))) test(name, run);
