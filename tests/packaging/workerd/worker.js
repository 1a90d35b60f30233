import { memoryStorage, Runtime } from "worker-runtime";
import { durableObjectStorage } from "worker-runtime/durable-object";
import { keepBooks, keepBooksInMemory } from "./shared/books.js";

const storage = memoryStorage();

/** Keeps its books in itself. */
export class Books {
  constructor(ctx) {
    this.storage = durableObjectStorage({ storage: ctx.storage });
  }

  async fetch() {
    return Response.json(await keepBooks(Runtime, this.storage));
  }
}

export default {
  async fetch(request, env) {
    if (new URL(request.url).pathname === "/object") {
      return env.BOOKS.get(env.BOOKS.idFromName("books")).fetch(request);
    }
    return Response.json(await keepBooksInMemory(Runtime, storage));
  },
};
