/* Automerge: a list a conversation, a change a message. */
export async function create(load) {
  const { change, free, from } = await load("@automerge/automerge");
  let doc = from({});
  return {
    open(name) {
      doc = change(doc, (draft) => {
        draft[name] = [];
      });
    },
    append(name, content) {
      doc = change(doc, (draft) => {
        draft[name].push({ role: "user", content, recordedAt: Date.now() });
      });
    },
    page: (name, start, limit) => doc[name].slice(start, start + limit).map((item) => ({ ...item })),
    close: () => free(doc),
  };
}
