import { once } from "node:events";
import { isMainThread, parentPort, Worker } from "node:worker_threads";
import { Runtime } from "worker-runtime";
import { nodeFsStorage } from "worker-runtime/node-fs";
import { keepBooks } from "./shared/books.js";

if (isMainThread) {
  const [told] = await once(new Worker(new URL(import.meta.url), { argv: [process.argv[2]] }), "message");
  console.log(JSON.stringify(told));
} else {
  parentPort.postMessage(await keepBooks(Runtime, nodeFsStorage({ directory: process.argv[2] })));
}
