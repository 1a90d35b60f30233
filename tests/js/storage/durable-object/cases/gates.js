/** The object's own means to keep events apart, and what else uses its storage. */
import assert from "node:assert/strict";
import { Runtime } from "worker-runtime";
import { durableObjectStorage } from "worker-runtime/durable-object";
import { contents, put } from "../../commits.mjs";

const user = (content) => ({ kind: "user", content });

export const gates = (context) => [
  {
    name: "the storage is one object however often it is asked for, so that its neighbours are known",
    run() {
      assert.equal(context.storage, context.storage);
    },
  },
  {
    name: "a runtime opens and works while the object keeps every event out",
    async run() {
      const { storage } = context;
      const runtime = await context.blockConcurrencyWhile(async () => {
        const opening = await Runtime.open({ storage: durableObjectStorage({ storage }), runtimeId: "r" });
        const { workerRef } = await opening.createWorker();
        await Promise.all(Array.from({ length: 50 }, (_, at) => opening.sendInput(workerRef, user(`${at}`))));
        return opening;
      });
      assert.equal(runtime.listWorkers()[0].transcriptLen, 50);
      await runtime.close();
    },
  },
  {
    name: "transactions of the object's own beside commits lose nothing, nor do the commits",
    async run() {
      const { storage } = context;
      const store = await durableObjectStorage({ storage }).open("r");
      const count = async () => {
        for (let step = 0; step < 50; step += 1) {
          await storage
            .transaction(async (transaction) => {
              await transaction.put("count", ((await transaction.get("count")) ?? 0) + 1);
              if (step % 2 === 0) {
                throw new Error("undone");
              }
            })
            .catch(() => undefined);
        }
      };
      const commit = async () => {
        let head = null;
        for (let step = 0; step < 50; step += 1) {
          head = await put(store, head, { [`k${step}`]: "1" });
        }
      };
      await Promise.all([count(), commit()]);
      assert.equal(await storage.get("count"), 25);
      assert.equal(Object.keys(await contents(store)).length, 50);
      await store.close();
    },
  },
  {
    name: "whoever empties the object fences what has a runtime open in it",
    async run() {
      const { storage } = context;
      const runtime = await Runtime.open({ storage: durableObjectStorage({ storage }), runtimeId: "r" });
      const { workerRef } = await runtime.createWorker();
      await storage.deleteAll();
      await assert.rejects(runtime.sendInput(workerRef, user("lost")), { code: "storage_conflict" });
      await runtime.close();
      assert.deepEqual(await durableObjectStorage({ storage }).list(), []);
    },
  },
];
