const { Runtime } = require("worker-runtime");
const { nodeFsStorage } = require("worker-runtime/node-fs");
const { keepBooks } = require("./shared/books.js");

keepBooks(Runtime, nodeFsStorage({ directory: process.argv[2] })).then((told) =>
  console.log(JSON.stringify(told)),
);
