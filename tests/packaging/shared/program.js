// For bundlers and hosts with the interfaces of Node.js: the folder is the first argument.
import { Runtime } from "worker-runtime";
import { nodeFsStorage } from "worker-runtime/node-fs";
import { keepBooks } from "./books.js";

keepBooks(Runtime, nodeFsStorage({ directory: process.argv[2] })).then((told) =>
  console.log(JSON.stringify(told)),
);
