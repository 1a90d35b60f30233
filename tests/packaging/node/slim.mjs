import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { nodeFsStorage } from "worker-runtime/node-fs";
import { initWasm, Runtime } from "worker-runtime/slim";
import { keepBooks } from "./shared/books.js";

await initWasm(await readFile(fileURLToPath(import.meta.resolve("worker-runtime/worker_runtime.wasm"))));
console.log(JSON.stringify(await keepBooks(Runtime, nodeFsStorage({ directory: process.argv[2] }))));
