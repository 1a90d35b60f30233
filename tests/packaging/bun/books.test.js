import { expect, test } from "bun:test";
import { memoryStorage, Runtime } from "worker-runtime";
import { storageConformance } from "worker-runtime/testing";
import { keepBooksInMemory } from "./shared/books.js";

test("keeps books in memory", async () => {
  const [, second] = await keepBooksInMemory(Runtime, memoryStorage());
  expect(second.found).toBe(4);
});

for (const { name, run } of storageConformance(async () => ({ storage: memoryStorage() }))) test(name, run);
