/* PGlite, in memory: a row a message. */
export async function create(load) {
  const { PGlite } = await load("@electric-sql/pglite");
  const database = await PGlite.create();
  await database.exec(
    "create table message (conversation text, sequence int, role text, content text, recorded_at bigint, primary key (conversation, sequence))",
  );
  const lengths = new Map();
  return {
    open: (name) => void lengths.set(name, 0),
    append(name, content) {
      const sequence = lengths.get(name) + 1;
      lengths.set(name, sequence);
      return database.query("insert into message values ($1, $2, $3, $4, $5)", [
        name,
        sequence,
        "user",
        content,
        Date.now(),
      ]);
    },
    async page(name, start, limit) {
      const { rows } = await database.query(
        "select sequence, role, content, recorded_at from message where conversation = $1 and sequence > $2 order by sequence limit $3",
        [name, start, limit],
      );
      return rows;
    },
    close: () => database.close(),
  };
}
