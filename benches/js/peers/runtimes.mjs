/* The runtime and the plain class, behind what every peer can do: append a message to a conversation, read a page of it. */

export async function conversing(Runtime) {
  const runtime = await Runtime.create();
  const refs = new Map();
  return {
    async open(name) {
      refs.set(name, (await runtime.createWorker()).workerRef);
    },
    append: (name, content) => runtime.sendInput(refs.get(name), { kind: "user", content }),
    async page(name, start, limit) {
      return (await runtime.transcriptProjection(refs.get(name), { start, limit })).items;
    },
    close: () => runtime.close(),
  };
}
