// In a worker of either kind: answers with what became of its books.
import { indexedDbStorage, Runtime } from "./package.js";
import { keepBooks } from "./shared/books.js";

const told = keepBooks(Runtime, indexedDbStorage()).then(
  (told) => ({ told }),
  (error) => ({ error: `${error?.stack ?? error}` }),
);
const answer = async (port) => port.postMessage(await told);

if ("onconnect" in globalThis) globalThis.onconnect = ({ ports: [port] }) => answer(port);
else answer(globalThis);
