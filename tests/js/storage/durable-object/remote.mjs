/** A storage whose handles are in an object, from outside of it: answers leave it only once what they tell of is durable. */
import { randomUUID } from "node:crypto";

const text = (value) => (value === null ? null : Buffer.from(value).toString("base64"));
const bytes = (value) => (value === null ? null : Buffer.from(value, "base64"));

export const remoteStorage = (ask, kind) => ({
  async open(id, options = {}) {
    const about = { kind, object: "kept", handle: randomUUID(), id, options };
    const told = async (method, body) => (await ask(method, { ...about, ...body })).answer;
    await told("open");
    return {
      head: () => told("head"),
      async read(range) {
        return (await told("read", { range })).map(([key, value]) => [key, bytes(value)]);
      },
      commit: ({ from, to, ops }) =>
        told("commit", { commit: { from, to, ops: ops.map(([key, value]) => [key, text(value)]) } }),
      close: () => told("close"),
    };
  },
});
