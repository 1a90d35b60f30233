/** Several tabs on one store: who waits, who is fenced, and what becomes of frozen, robbed and crashed ones. */

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { makeProfile, serve, startBrowser } from "./browser.mjs";

describe("several tabs", () => {
  let server;
  let profile;
  let browser;

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

  /** Two tabs; the first holds the store and has created it under the head "a". */
  async function twoTabs(id) {
    const [first, second] = [await browser.tab(server.origin), await browser.tab(server.origin)];
    await first.evaluate(async (id) => {
      globalThis.store = await storage.open(id);
      await store.commit({ from: null, to: "a", ops: [["k", bytes(3, 1)]] });
      globalThis.disturbances = 0;
      (async () => {
        for (;;) {
          await store.disturbed;
          disturbances += 1;
        }
      })();
    }, id);
    return [first, second];
  }

  const close = (...tabs) => Promise.all(tabs.map((tab) => tab.close()));

  it("makes the second tab wait until the first lets go", async () => {
    const [first, second] = await twoTabs("waits");
    await second.evaluate(() => {
      globalThis.opening = storage.open("waits");
    });
    assert.equal(await second.evaluate(() => soon(opening, 300)), false);
    await first.evaluate(() => store.close());
    assert.equal(await second.evaluate(async () => (await opening).head()), "a");
    await close(first, second);
  });

  it("lets the second tab go on once the first is closed without a word", async () => {
    const [first, second] = await twoTabs("gone");
    await second.evaluate(() => {
      globalThis.opening = storage.open("gone");
    });
    await first.close();
    assert.equal(await second.evaluate(async () => (await opening).head()), "a");
    await second.close();
  });

  it("ends the wait with the reason of the signal", async () => {
    const [first, second] = await twoTabs("signal");
    const told = await second.evaluate(async () => {
      const controller = new AbortController();
      setTimeout(() => controller.abort(new RangeError("enough")), 50);
      const waited = await globalThis.told(storage.open("signal", { signal: controller.signal }));
      const aborted = AbortSignal.abort(new RangeError("before"));
      return [waited, await globalThis.told(storage.open("signal", { signal: aborted, takeover: true }))];
    });
    assert.deepEqual(
      told.map(({ name, message }) => [name, message]),
      [
        ["RangeError", "enough"],
        ["RangeError", "before"],
      ],
    );
    await close(first, second);
  });

  it("reads beside a holder without waiting or disturbing", async () => {
    const [first, second] = await twoTabs("reader");
    const seen = await second.evaluate(async () => {
      const reader = await storage.open("reader", { readOnly: true });
      const seen = [await reader.head(), (await reader.read({ gte: "", lt: "~" })).length];
      await reader.close();
      return seen;
    });
    assert.deepEqual(seen, ["a", 1]);
    assert.equal(await first.evaluate(() => disturbances), 0);
    await close(first, second);
  });

  it("fences the holder by the head after a takeover, and tells it", async () => {
    const [first, second] = await twoTabs("takeover");
    await second.evaluate(async () => {
      globalThis.store = await storage.open("takeover", { takeover: true });
      await store.commit({ from: await store.head(), to: "b", ops: [["k", bytes(3, 2)]] });
    });
    await first.waitForFunction(() => disturbances > 0, undefined, { timeout: 5_000 });
    const late = await first.evaluate(async () => [
      await store.head(),
      await store.commit({ from: "a", to: "late", ops: [["k", bytes(3, 9)]] }),
    ]);
    assert.deepEqual(late, ["b", "b"]);
    const kept = await second.evaluate(async () => [...(await store.read({ gte: "", lt: "~" }))[0][1]]);
    assert.deepEqual(kept, [2, 2, 2]);
    await close(first, second);
  });

  it("is told of a deletion in another tab and finds no head", async () => {
    const [first, second] = await twoTabs("deleted");
    await second.evaluate(() => storage.delete("deleted"));
    await first.waitForFunction(() => disturbances > 0, undefined, { timeout: 5_000 });
    const seen = await first.evaluate(async () => [
      await store.head(),
      await store.commit({ from: "a", to: "late", ops: [] }),
      await store.commit({ from: null, to: "a", ops: [["k", bytes(3, 1)]] }),
      (await storage.list()).includes("deleted"),
    ]);
    assert.deepEqual(seen, [null, null, null, false]);
    await close(first, second);
  });

  it("goes on under a stolen lock for as long as the head is its own", async () => {
    const [first, second] = await twoTabs("stolen");
    await second.evaluate(async () => {
      const { held } = await navigator.locks.query();
      const { name } = held.find(({ name }) => name.includes("stolen"));
      navigator.locks.request(name, { steal: true }, () => new Promise(() => {}));
    });
    await first.waitForFunction(() => disturbances > 0, undefined, { timeout: 5_000 });
    assert.equal(await first.evaluate(() => store.commit({ from: "a", to: "b", ops: [] })), "b");
    await close(first, second);
  });

  it("fences by the head alone where there are neither locks nor channels", async () => {
    const bare = async () => {
      const tab = await browser.tab(server.origin);
      await tab.evaluate(() => {
        Object.defineProperty(navigator, "locks", { value: undefined });
        delete globalThis.BroadcastChannel;
      });
      return tab;
    };
    const [first, second] = [await bare(), await bare()];
    await first.evaluate(async () => {
      globalThis.store = await storage.open("bare");
      await store.commit({ from: null, to: "a", ops: [] });
    });
    const heads = await second.evaluate(async () => {
      globalThis.store = await storage.open("bare");
      return [await store.head(), await store.commit({ from: "a", to: "b", ops: [] })];
    });
    assert.deepEqual(heads, ["a", "b"]);
    const late = await first.evaluate(async () => {
      const late = await store.commit({ from: "a", to: "late", ops: [["k", bytes(1)]] });
      // Within one page the handles still stand in line.
      const opening = storage.open("bare");
      const waited = !(await soon(opening, 200));
      await store.close();
      return [late, waited, (await (await opening).read({ gte: "", lt: "~" })).length];
    });
    assert.deepEqual(late, ["b", true, 0]);
    await close(first, second);
  });

  it("accepts nothing of a frozen tab that thaws after a takeover", async () => {
    const [first, second] = await twoTabs("frozen");
    const session = await browser.cdp(first);
    await first.evaluate(() => {
      globalThis.answers = [];
      let from = "a";
      setInterval(async () => {
        const to = `first-${answers.length}`;
        const head = await store.commit({ from, to, ops: [["k", bytes(3, 7)]] });
        answers.push(head);
        if (head === to) from = to;
      }, 20);
    });
    await first.waitForFunction(() => answers.length > 3);
    await session.send("Page.setWebLifecycleState", { state: "frozen" });
    const taken = await second.evaluate(async () => {
      globalThis.store = await storage.open("frozen", { takeover: true });
      // What the other tab had handed over before it froze may still come in between.
      for (let attempt = 0; attempt < 20; attempt++) {
        const to = `second-${attempt}`;
        const head = await store.commit({ from: await store.head(), to, ops: [["k", bytes(3, 8)]] });
        if (head === to) return head;
      }
      return "nothing";
    });
    assert.match(taken, /^second-/);
    await session.send("Page.setWebLifecycleState", { state: "active" });
    await first.waitForFunction((head) => answers.slice(-3).every((answer) => answer === head), taken);
    assert.ok((await first.evaluate(() => disturbances)) > 0);
    const kept = await second.evaluate(async () => [...(await store.read({ gte: "", lt: "~" }))[0][1]]);
    assert.deepEqual(kept, [8, 8, 8]);
    await close(first, second);
  });

  it("waits out a tab that is frozen in the middle of a transaction", async () => {
    const [first, second] = await twoTabs("stuck");
    const session = await browser.cdp(first);
    await first.evaluate(async () => {
      const database = await new Promise((resolve) => {
        indexedDB.open("worker-runtime").onsuccess = ({ target }) => resolve(target.result);
      });
      globalThis.busy = true;
      const records = database.transaction("records", "readwrite").objectStore("records");
      await new Promise((resolve) => {
        const again = () => {
          resolve();
          if (busy) records.get("nothing").onsuccess = again;
        };
        records.get("nothing").onsuccess = again;
      });
    });
    await session.send("Page.setWebLifecycleState", { state: "frozen" });
    await second.evaluate(async () => {
      globalThis.store = await storage.open("stuck", { takeover: true });
      globalThis.commit = store.commit({ from: "a", to: "b", ops: [] });
      // What a runtime does after its time-out: the same bytes once more.
      globalThis.again = store.commit({ from: "a", to: "b", ops: [] });
    });
    assert.equal(await second.evaluate(() => soon(commit, 500)), false);
    await session.send("Page.setWebLifecycleState", { state: "active" });
    await first.evaluate(() => {
      globalThis.busy = false;
    });
    assert.deepEqual(await second.evaluate(() => Promise.all([commit, again, store.head()])), [
      "b",
      "b",
      "b",
    ]);
    await close(first, second);
  });

  it("survives the crash of the tab that holds the store", async () => {
    const [first, second] = await twoTabs("crash");
    const acknowledged = [];
    await first.exposeFunction("acknowledge", (head) => acknowledged.push(head));
    await first.evaluate(() => {
      (async () => {
        for (let from = "a", count = 0; ; count += 1) {
          from = await store.commit({ from, to: `n${count}`, ops: [[`k${count}`, bytes(40, 1)]] });
          acknowledge(from);
        }
      })();
    });
    while (acknowledged.length < 20) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    const session = await browser.cdp(first);
    session.send("Page.crash").catch(() => {});
    const [head, count] = await second.evaluate(async () => {
      globalThis.store = await storage.open("crash");
      return [await store.head(), (await store.read({ gte: "k", lt: "l" })).length];
    });
    const last = Number(head.slice(1));
    assert.ok(last >= Number(acknowledged.at(-1).slice(1)), `${head} after ${acknowledged.at(-1)}`);
    // One record from the creation, and one for each commit up to the head.
    assert.equal(count, last + 2);
    assert.equal(await second.evaluate(() => store.commit({ from: "x", to: "y", ops: [] })), head);
    await second.close();
  });
});
