/* Yjs: a shared array of plain objects a conversation. */
export async function create(load) {
  const { Doc } = await load("yjs");
  const doc = new Doc();
  return {
    open: (name) => void doc.getArray(name),
    append: (name, content) => doc.getArray(name).push([{ role: "user", content, recordedAt: Date.now() }]),
    page: (name, start, limit) =>
      doc.getArray(name).slice(start, Math.min(doc.getArray(name).length, start + limit)),
    close: () => doc.destroy(),
  };
}
