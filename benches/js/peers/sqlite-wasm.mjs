/* SQLite's own WebAssembly build, in memory: a row a message, prepared statements. */
export async function create(load) {
  const { default: initialise } = await load("@sqlite.org/sqlite-wasm");
  const sqlite = await initialise({ print() {}, printErr() {} });
  const database = new sqlite.oo1.DB(":memory:");
  database.exec(
    "create table message (conversation text, sequence integer, role text, content text, recorded_at integer, primary key (conversation, sequence))",
  );
  const insert = database.prepare("insert into message values (?, ?, ?, ?, ?)");
  const select = database.prepare(
    "select sequence, role, content, recorded_at from message where conversation = ? and sequence > ? order by sequence limit ?",
  );
  const lengths = new Map();
  return {
    open: (name) => void lengths.set(name, 0),
    append(name, content) {
      const sequence = lengths.get(name) + 1;
      lengths.set(name, sequence);
      insert.bind([name, sequence, "user", content, Date.now()]).stepReset();
    },
    page(name, start, limit) {
      select.bind([name, start, limit]);
      const items = [];
      while (select.step()) items.push(select.get({}));
      select.reset();
      return items;
    },
    close() {
      insert.finalize();
      select.finalize();
      database.close();
    },
  };
}
