/* classic-level: one `put` with `sync`. */
export async function open(load, directory) {
  const { ClassicLevel } = await load("classic-level");
  const database = new ClassicLevel(directory);
  await database.open();
  let sequence = 0;
  return {
    append(content) {
      sequence += 1;
      return database.put(String(sequence).padStart(12, "0"), content, { sync: true });
    },
    close: () => database.close(),
  };
}
