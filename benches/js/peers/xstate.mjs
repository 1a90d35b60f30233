/* XState: an actor a conversation, whose context holds the messages. */
export async function create(load) {
  const { assign, createActor, setup } = await load("xstate");
  const machine = setup({}).createMachine({
    context: { messages: [] },
    initial: "running",
    states: {
      running: {
        on: {
          message: {
            actions: assign({
              messages: ({ context, event }) => [
                ...context.messages,
                { role: "user", content: event.content, recordedAt: Date.now() },
              ],
            }),
          },
        },
      },
    },
  });
  const actors = new Map();
  return {
    open: (name) => void actors.set(name, createActor(machine).start()),
    append: (name, content) => actors.get(name).send({ type: "message", content }),
    page: (name, start, limit) =>
      actors
        .get(name)
        .getSnapshot()
        .context.messages.slice(start, start + limit)
        .map((item) => ({ ...item })),
    close() {
      for (const actor of actors.values()) actor.stop();
    },
  };
}
