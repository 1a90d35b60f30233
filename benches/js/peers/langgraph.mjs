/* LangGraph: a thread a conversation, kept by its MemorySaver, updated by a message at a time. */
export async function create(load) {
  const { END, MemorySaver, MessagesAnnotation, START, StateGraph } = await load("@langchain/langgraph");
  const { HumanMessage } = await load("@langchain/core/messages");
  const graph = new StateGraph(MessagesAnnotation)
    .addNode("listen", () => ({}))
    .addEdge(START, "listen")
    .addEdge("listen", END)
    .compile({ checkpointer: new MemorySaver() });
  const thread = (name) => ({ configurable: { thread_id: name } });
  return {
    open() {},
    append: (name, content) =>
      graph.updateState(thread(name), { messages: [new HumanMessage(content)] }, "listen"),
    async page(name, start, limit) {
      const { values } = await graph.getState(thread(name));
      return values.messages.slice(start, start + limit).map(({ content }) => ({ role: "user", content }));
    },
    close() {},
  };
}
