import { memoryStorage, Runtime } from "worker-runtime";
import { nodeFsStorage } from "worker-runtime/node-fs";
import { storageConformance } from "worker-runtime/testing";
import { keepBooks, keepBooksInMemory } from "./shared/books.js";

test("keeps books in files", async () => {
  const told = await keepBooks(Runtime, nodeFsStorage({ directory: process.env.BOOKS }));
  expect(told.total).toBe(4);
});

test("keeps books in memory", async () => {
  const [, second] = await keepBooksInMemory(Runtime, memoryStorage());
  expect(second.found).toBe(4);
});

for (const { name, run } of storageConformance(async () => ({ storage: memoryStorage() }))) test(name, run);
