// Runs the component in a thread of its own, over any storage with the package's contract.
import { MessageChannel, Worker } from "node:worker_threads";

const durabilities = new Set(["power-loss", "process-crash", "memory"]);

/** What a call of the storage failed with, as the component's world says it. */
function failureOf(error) {
  const message = String(error?.message ?? error);
  switch (error?.name) {
    case "StorageRejected":
      return { tag: "rejected", val: message };
    case "StorageLost":
      return { tag: "lost", val: message };
    default:
      return { tag: "failed", val: message };
  }
}

/** An instance of the component; `storage` is what it imports. */
export class ComponentHost {
  #thread;
  #waiting = new Map();
  #stores = new Map();
  #storage;
  #last = 0;

  constructor(storage) {
    this.#storage = storage;
    const asked = new MessageChannel();
    const answers = new MessageChannel();
    const flag = new Int32Array(new SharedArrayBuffer(4));
    this.#thread = new Worker(new URL("./thread.mjs", import.meta.url), {
      workerData: { asked: asked.port2, answers: answers.port2, flag },
      transferList: [asked.port2, answers.port2],
    });
    asked.port1.on("message", async ({ method, args }) => {
      answers.port1.postMessage(await this.#answer(method, args));
      Atomics.store(flag, 0, 1);
      Atomics.notify(flag, 0);
    });
    asked.port1.unref();
    this.#thread.on("message", ({ id, value, refusal }) => {
      const { resolve, reject } = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (refusal === undefined) {
        resolve(value);
      } else {
        reject(Object.assign(new Error(refusal.message), refusal));
      }
    });
    this.#thread.on("error", (error) => {
      for (const { reject } of this.#waiting.values()) {
        reject(error);
      }
      this.#waiting.clear();
    });
  }

  async #answer(method, args) {
    try {
      return { value: await this.#ask(method, args) };
    } catch (error) {
      return { failure: failureOf(error) };
    }
  }

  async #ask(method, [first, ...rest]) {
    if (method === "open") {
      const store = await this.#storage.open(first, ...rest);
      const number = this.#stores.size + 1;
      this.#stores.set(number, store);
      const { durability } = store;
      return { number, durability: durabilities.has(durability) ? durability : "memory" };
    }
    if (method === "delete") {
      return this.#storage.delete(first);
    }
    return this.#stores.get(first)[method](...rest);
  }

  #send(name, ...args) {
    this.#last += 1;
    const id = this.#last;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#thread.postMessage({ id, name, args });
    });
  }

  /** A runtime, by its number: `how` is `create`, `open` or `inspect`. Rejects with the world's error record. */
  make(how, options) {
    return this.#send("make", how, options);
  }

  /** Calls a method of a runtime with arguments as the world has them. */
  call(number, method, ...args) {
    return this.#send("call", number, method, args);
  }

  /** The lines of a runtime as it is at the first `next`. */
  async *exportLines(number) {
    const source = await this.#send("open", number, "exportLines");
    try {
      for (;;) {
        const line = await this.call(source, "next");
        if (line === undefined) {
          return;
        }
        yield line;
      }
    } finally {
      await this.#send("drop", source);
    }
  }

  /** Creates the runtime that lines are an export of; fulfils with its id. Rejects with the world's error record. */
  async importLines(lines) {
    const sink = await this.#send("makeSink");
    try {
      for await (const line of lines) {
        await this.call(sink, "push", line);
      }
      return await this.call(sink, "finish");
    } finally {
      await this.#send("drop", sink);
    }
  }

  end() {
    return this.#thread.terminate();
  }
}
