/* lmdb: one `put`, durable once what was put before is flushed. */
export async function open(load, directory) {
  const { open } = await load("lmdb");
  const database = open({ path: directory });
  let sequence = 0;
  return {
    async append(content) {
      sequence += 1;
      await database.put(sequence, content);
      await database.flushed;
    },
    close: () => database.close(),
  };
}
