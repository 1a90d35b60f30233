import { Runtime } from "worker-runtime";
import { nodeFsStorage } from "worker-runtime/node-fs";
import { keepBooks } from "./shared/books.js";

console.log(JSON.stringify(await keepBooks(Runtime, nodeFsStorage({ directory: process.argv[2] }))));
