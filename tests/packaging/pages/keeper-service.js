import { indexedDbStorage, Runtime } from "./package.js";
import { keepBooks } from "./shared/books.js";

addEventListener("message", (event) => {
  const [port] = event.ports;
  event.waitUntil(
    keepBooks(Runtime, indexedDbStorage()).then(
      (told) => port.postMessage({ told }),
      (error) => port.postMessage({ error: `${error?.stack ?? error}` }),
    ),
  );
});
