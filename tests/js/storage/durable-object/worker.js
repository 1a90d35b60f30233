/** Durable Objects that tests ask from outside: to run a case, to do something with a handle of theirs. */
import { DurableObject } from "cloudflare:workers";
import { durableObjectStorage } from "worker-runtime/durable-object";
import { conformance } from "./cases/conformance.js";
import { faults } from "./cases/faults.js";
import { gates } from "./cases/gates.js";
import { layout } from "./cases/layout.js";
import { options } from "./cases/options.js";
import { sameRuntime } from "./cases/same-runtime.js";

export { Agent } from "./agent.js";

const groups = { conformance, faults, gates, layout, options, sameRuntime };

async function runCase(context, { group, name }) {
  const { run } = groups[group](context).find((one) => one.name === name);
  const cleaning = [];
  const notes = [];
  let error;
  try {
    await run({ after: (clean) => cleaning.push(clean), diagnostic: (note) => notes.push(note) });
    for (const clean of cleaning.reverse()) {
      await clean();
    }
  } catch (failure) {
    error = failure?.stack ?? String(failure);
  }
  return { error, notes };
}

const text = (value) => (value === null ? null : Buffer.from(value).toString("base64"));
const bytes = (value) => (value === null ? null : new Uint8Array(Buffer.from(value, "base64")));

const methods = {
  open() {},
  head: (store) => store.head(),
  read: async (store, { range }) => (await store.read(range)).map(([key, value]) => [key, text(value)]),
  commit: (store, { commit }) =>
    store.commit({ ...commit, ops: commit.ops.map(([key, value]) => [key, bytes(value)]) }),
  close: (store) => store.close(),
};

class Subject extends DurableObject {
  #stores = new Map();

  async fetch(request) {
    const method = new URL(request.url).pathname.slice(1);
    const asked = await request.json();
    if (method === "case") {
      return Response.json(await runCase(this.ctx, asked));
    }
    return Response.json({ answer: await methods[method](await this.#store(asked), asked) });
  }

  /** Opened anew where the object has started anew meanwhile. */
  #store({ handle, id, options }) {
    const storage = durableObjectStorage({ storage: this.ctx.storage });
    const store = this.#stores.get(handle) ?? storage.open(id, options);
    this.#stores.set(handle, store);
    return store;
  }
}

/** With SQLite behind them, and without it as far as a machine of one's own has that. */
export class Newer extends Subject {}
export class Older extends Subject {}

export default {
  async fetch(request, env) {
    const { pathname } = new URL(request.url);
    if (pathname === "/names") {
      const names = Object.entries(groups).map(([group, cases]) => [
        group,
        cases({}).map(({ name }) => name),
      ]);
      return Response.json(Object.fromEntries(names));
    }
    const { kind, object } = await request.clone().json();
    const objects = env[kind];
    return objects.get(objects.idFromName(object)).fetch(request);
  },
};
