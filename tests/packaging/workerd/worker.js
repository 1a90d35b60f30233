import { memoryStorage, Runtime } from "worker-runtime";
import { keepBooksInMemory } from "./shared/books.js";

const storage = memoryStorage();

export default {
  async fetch() {
    return Response.json(await keepBooksInMemory(Runtime, storage));
  },
};
