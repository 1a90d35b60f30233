/* Loro: a list of values a conversation, a commit a message. */
export async function create(load) {
  const { LoroDoc } = await load("loro-crdt");
  const doc = new LoroDoc();
  const lists = new Map();
  return {
    open: (name) => void lists.set(name, doc.getList(name)),
    append(name, content) {
      lists.get(name).push({ role: "user", content, recordedAt: Date.now() });
      doc.commit();
    },
    page(name, start, limit) {
      const list = lists.get(name);
      const items = [];
      for (let at = start; at < Math.min(list.length, start + limit); at++) items.push(list.get(at));
      return items;
    },
    close: () => doc.free(),
  };
}
