import { memoryStorage, Runtime } from "worker-runtime";
import { keepBooksInMemory } from "./books.js";

keepBooksInMemory(Runtime, memoryStorage()).then((told) => console.log(JSON.stringify(told)));
