import { Runtime } from "worker-runtime";
import { indexedDbStorage } from "worker-runtime/indexeddb";
import { keepBooks } from "./books.js";

keepBooks(Runtime, indexedDbStorage()).then(
  (told) => postMessage({ told }),
  (error) => postMessage({ error: `${error?.stack ?? error}` }),
);
