import { memoryStorage, Runtime } from "worker-runtime";
import { storageConformance } from "worker-runtime/testing";
import { keepBooksInMemory } from "./shared/books.js";

Deno.test("keeps books in memory", async () => {
  const [, second] = await keepBooksInMemory(Runtime, memoryStorage());
  if (second.found !== 4) throw new Error(`found ${second.found}`);
});

for (const { name, run } of storageConformance(async () => ({ storage: memoryStorage() })))
  Deno.test(name, run);
