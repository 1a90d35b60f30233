// For hosts that bring SQLite: the file is the first argument.
import { Runtime } from "worker-runtime";
import { sqliteStorage } from "worker-runtime/sqlite";
import { keepBooks } from "./books.js";

async function connect(file) {
  if (process.versions.bun) return new (await import("bun:sqlite")).Database(file, { strict: true });
  return new (await import("node:sqlite")).DatabaseSync(file);
}

async function keep(file) {
  const database = await connect(file);
  database.exec("PRAGMA journal_mode = wal; PRAGMA synchronous = full");
  const told = await keepBooks(Runtime, sqliteStorage({ database }));
  database.close();
  return told;
}

keep(process.argv[2]).then((told) => console.log(JSON.stringify(told)));
