const { memoryStorage, Runtime } = require("worker-runtime");
const { nodeFsStorage } = require("worker-runtime/node-fs");
const { keepBooks, keepBooksInMemory } = require("./shared/books.js");

test("keeps books in files", async () => {
  const told = await keepBooks(Runtime, nodeFsStorage({ directory: process.env.BOOKS }));
  expect(told.total).toBe(4);
});

test("keeps books in memory", async () => {
  const [, second] = await keepBooksInMemory(Runtime, memoryStorage());
  expect(second.found).toBe(4);
});
