/* node:sqlite: one `insert`, in WAL mode with `synchronous = FULL`. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

export async function open(_load, directory) {
  mkdirSync(directory, { recursive: true });
  const database = new DatabaseSync(join(directory, "messages.db"));
  database.exec("pragma journal_mode = wal; pragma synchronous = full");
  database.exec(
    "create table message (sequence integer primary key, role text, content text, recorded_at integer)",
  );
  const insert = database.prepare("insert into message (role, content, recorded_at) values (?, ?, ?)");
  return {
    append: async (content) => void insert.run("user", content, Date.now()),
    close: () => database.close(),
  };
}
