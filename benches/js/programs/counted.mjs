/* A storage that counts what goes through it. */

/** `counts` goes on counting over all stores that are opened through it. */
export function counted(storage) {
  const counts = {
    commits: 0,
    written: 0,
    largestCommit: 0,
    reads: 0,
    records: 0,
    read: 0,
    keys: [],
    lastCommitAt: performance.now(),
  };
  const wrap = (store) => ({
    durability: store.durability,
    disturbed: store.disturbed,
    head: () => store.head(),
    close: () => store.close(),
    async read(range) {
      const records = await store.read(range);
      counts.reads += 1;
      counts.records += records.length;
      for (const [key, value] of records) {
        counts.read += key.length + value.length;
        counts.keys.push(key);
      }
      return records;
    },
    commit(commit) {
      let bytes = 0;
      for (const [key, value] of commit.ops) {
        if (value !== null) bytes += key.length + value.length;
      }
      counts.commits += 1;
      counts.written += bytes;
      counts.largestCommit = Math.max(counts.largestCommit, bytes);
      counts.lastCommitAt = performance.now();
      return store.commit(commit);
    },
  });
  return {
    counts,
    storage: {
      open: async (id, options) => wrap(await storage.open(id, options)),
      list: () => storage.list(),
      delete: (id) => storage.delete(id),
    },
  };
}

/** Waits until nothing was committed for `quietMs`; answers how long it took until the last commit. */
export async function settled(counts, quietMs = 3_000) {
  const since = performance.now();
  while (performance.now() - counts.lastCommitAt < quietMs) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return Math.max(0, counts.lastCommitAt - since);
}
