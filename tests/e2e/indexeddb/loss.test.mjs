/** What the browser takes away: site data, room, permission, the database itself. */

import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";
import { makeProfile, serve, startBrowser } from "./browser.mjs";

describe("what a browser takes away", () => {
  let server;
  let profile;
  let browser;
  let tab;
  let session;

  before(async () => {
    server = await serve();
    profile = await makeProfile();
    browser = await startBrowser(profile.path);
  });

  after(async () => {
    await browser?.kill();
    await profile?.remove();
    await server?.close();
  });

  beforeEach(async () => {
    tab = await browser.tab(server.origin);
    session = await browser.cdp(tab);
  });

  afterEach(async () => {
    await tab.close();
  });

  /** A store under the head "b", whose witness is written. */
  async function established(id) {
    await tab.evaluate(async (id) => {
      globalThis.store = await storage.open(id);
      await store.commit({ from: null, to: "a", ops: [["k", bytes(3)]] });
      await store.commit({ from: "a", to: "b", ops: [] });
      globalThis.disturbed = store.disturbed;
    }, id);
    await tab.waitForFunction((id) => localStorage.getItem(`worker-runtime:["worker-runtime","${id}"]`), id);
  }

  const clear = (storageTypes) =>
    session.send("Storage.clearDataForOrigin", { origin: server.origin, storageTypes });

  it("notices while open that IndexedDB was cleared, and calls it a loss by the witness", async () => {
    await established("cleared");
    await clear("indexeddb");
    const told = await tab.evaluate(async () => [
      await soon(disturbed, 3_000),
      await globalThis.told(store.head()),
    ]);
    assert.equal(told[0], true);
    assert.equal(told[1].name, "StorageLost");
  });

  it("answers null where the witness went with the site data", async () => {
    await established("everything");
    await clear("all");
    const seen = await tab.evaluate(async () => [
      await soon(disturbed, 3_000),
      await store.head(),
      await store.commit({ from: "b", to: "c", ops: [] }),
    ]);
    assert.deepEqual(seen, [true, null, null]);
  });

  it("never starts afresh over a lost store, unless that was reported", async () => {
    await established("lost");
    await tab.evaluate(() => store.close());
    await clear("indexeddb");
    const seen = await tab.evaluate(async () => {
      const creation = { from: null, to: "n", ops: [["k", bytes(1)]] };
      const blind = await storage.open("lost");
      const first = await told(blind.commit(creation));
      await blind.close();
      const store = await storage.open("lost");
      const seen = [first.name, (await told(store.head())).name, await storage.list()];
      seen.push(await store.commit(creation), await store.head());
      await store.close();
      const later = await storage.open("lost");
      seen.push(await later.head());
      await later.close();
      return seen;
    });
    assert.deepEqual(seen, ["StorageLost", "StorageLost", [], "n", "n", "n"]);
  });

  it("forgets a lost store that is deleted", async () => {
    await established("given-up");
    await tab.evaluate(() => store.close());
    await clear("indexeddb");
    const seen = await tab.evaluate(async () => {
      await storage.delete("given-up");
      const store = await storage.open("given-up");
      const seen = [await store.head(), Object.keys(localStorage).filter((key) => key.includes("given-up"))];
      await store.close();
      return seen;
    });
    assert.deepEqual(seen, [null, []]);
  });

  it("does not take a deletion in a worker, where the witness is out of reach, for a loss", async () => {
    await established("by-worker");
    const seen = await tab.evaluate(async () => {
      await store.close();
      const source = `
        import { indexedDbStorage } from "${location.origin}/dist/entry/indexeddb.js";
        await indexedDbStorage().delete("by-worker");
        postMessage(await indexedDbStorage().list());
      `;
      const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
      const worker = new Worker(url, { type: "module" });
      const list = await new Promise((resolve, reject) => {
        worker.onmessage = ({ data }) => resolve(data);
        worker.onerror = ({ message }) => reject(new Error(message));
      });
      const again = await storage.open("by-worker");
      const seen = [list.includes("by-worker"), await again.head()];
      seen.push(await again.commit({ from: null, to: "n", ops: [] }));
      await again.close();
      return seen;
    });
    assert.deepEqual(seen, [false, null, "n"]);
  });

  it("gives way to a deletion of the database, and is fenced", async () => {
    await established("dropped");
    const seen = await tab.evaluate(async () => {
      localStorage.clear();
      const deleted = new Promise((resolve, reject) => {
        const request = indexedDB.deleteDatabase("worker-runtime");
        request.onsuccess = () => resolve("deleted");
        request.onerror = () => reject(request.error);
      });
      return [
        await deleted,
        await soon(disturbed),
        await store.head(),
        await store.commit({ from: "b", to: "c", ops: [] }),
      ];
    });
    assert.deepEqual(seen, ["deleted", true, null, null]);
  });

  it("says so within 5 s where a frozen tab blocks the database", async () => {
    const other = await browser.tab(server.origin);
    const frozen = await browser.cdp(other);
    await other.evaluate(async () => {
      globalThis.database = await new Promise((resolve) => {
        indexedDB.open("worker-runtime", 1).onsuccess = ({ target }) => resolve(target.result);
      });
    });
    await frozen.send("Page.setWebLifecycleState", { state: "frozen" });
    const told = await tab.evaluate(async () => {
      indexedDB.deleteDatabase("worker-runtime");
      const before = performance.now();
      const told = await globalThis.told(storage.list());
      return { ...told, took: performance.now() - before };
    });
    assert.equal(told.name, "Error");
    assert.match(told.message, /did not open "worker-runtime" within 5000 ms/);
    assert.ok(told.took < 7_000, `${told.took} ms`);
    await frozen.send("Page.setWebLifecycleState", { state: "active" });
    await other.close();
    assert.deepEqual(await tab.evaluate(() => storage.list()), []);
  });

  describe("the room", () => {
    // Chromium remembers for a while how much room an origin had, so each case has an origin that wrote nothing yet.
    let fresh;
    let full;

    const limit = (quotaSize) =>
      session.send("Storage.overrideQuotaForOrigin", { origin: fresh.origin, quotaSize });

    beforeEach(async () => {
      fresh = await serve();
      full = await browser.tab(fresh.origin);
    });

    afterEach(async () => {
      await full.close();
      await fresh.close();
    });

    it("refuses a commit that finds none, changes nothing, and goes on once there is room again", async () => {
      await limit(3_000_000);
      const refused = await full.evaluate(async () => {
        globalThis.store = await storage.open("quota");
        for (let count = 0, head = null; count < 100; count += 1) {
          const to = `n${count}`;
          globalThis.commit = {
            from: head,
            to,
            ops: [
              ["small", bytes(1, count)],
              [`k${count}`, noise(300_000)],
            ],
          };
          const answer = await told(store.commit(commit));
          if (answer.value !== to) {
            const small = await store.read({ gte: "small", lt: "smalm" });
            return { ...answer, count, head, after: await store.head(), small: small[0][1][0] };
          }
          head = to;
        }
        return undefined;
      });
      assert.deepEqual([refused?.name, refused?.code], ["StorageRejected", "quota"]);
      assert.equal(refused.after, refused.head);
      assert.equal(refused.small, refused.count - 1);
      await limit(undefined);
      const [head, to] = await full.evaluate(async () => [await store.commit(commit), commit.to]);
      assert.equal(head, to);
    });

    it("refuses a creation that finds none, and creates once there is room", async () => {
      await limit(300_000);
      const refused = await full.evaluate(async () => {
        globalThis.store = await storage.open("no-room");
        globalThis.commit = { from: null, to: "a", ops: [["k", noise(1_000_000)]] };
        return { ...(await told(store.commit(commit))), head: await store.head() };
      });
      assert.deepEqual([refused.name, refused.code, refused.head], ["StorageRejected", "quota", null]);
      await limit(undefined);
      assert.equal(await full.evaluate(() => store.commit(commit)), "a");
    });
  });

  it("is refused in a sandboxed frame", async () => {
    const told = await tab.evaluate(
      () =>
        new Promise((resolve) => {
          const frame = document.createElement("iframe");
          frame.sandbox = "allow-scripts";
          frame.srcdoc = `<script type="module">
            import { indexedDbStorage } from "${location.origin}/dist/entry/indexeddb.js";
            const storage = indexedDbStorage();
            const told = (promise) => promise.then(() => "done", ({ name, code }) => name + " " + code);
            const calls = [storage.open("r"), storage.open("r", { takeover: true }), storage.list(), storage.delete("r")];
            parent.postMessage(await Promise.all(calls.map(told)), "*");
          </script>`;
          addEventListener("message", ({ data }) => resolve(data), { once: true });
          document.body.append(frame);
        }),
    );
    assert.deepEqual(told, Array(4).fill("StorageRejected denied"));
  });
});
