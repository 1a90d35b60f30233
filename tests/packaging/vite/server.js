import { Runtime } from "worker-runtime";
import { nodeFsStorage } from "worker-runtime/node-fs";
import { keepBooks } from "./shared/books.js";

export const keep = (directory) => keepBooks(Runtime, nodeFsStorage({ directory }));
