/** Runtimes in Chromium: a stream of mutations into what kills, freezes, crashes, fills up or clears. */

import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { makeProfile, serve, startBrowser } from "./browser.mjs";

const rounds = Number(process.env.KILL_ROUNDS ?? 10);

/** Makes a page that knows how to open a runtime, to send it mutations without end, and to tell what it has. */
async function runtimeTab(browser, origin, tell) {
  const tab = await browser.tab(origin);
  if (tell !== undefined) {
    await tab.exposeFunction("tell", tell);
  }
  await tab.evaluate(async () => {
    const { Runtime } = await import("/dist/entry/index.js");
    globalThis.openRuntime = async (options) => {
      globalThis.runtime = await Runtime.open({ storage, runtimeId: "r", ...options });
      const [known] = runtime.listWorkers();
      globalThis.ref = (known ?? (await runtime.createWorker())).workerRef;
    };
    const says = (text, operation) =>
      runtime.sendInput(
        ref,
        { kind: "user", content: text },
        { operationId: operation ?? text.split(" ")[0] },
      );
    globalThis.says = says;
    globalThis.outcomeOf = (text) =>
      says(text).then(
        ({ transcriptSequence }) => ({ sequence: transcriptSequence }),
        ({ name, code, details }) => ({ name, code, outcome: details.outcome }),
      );
    globalThis.stream = (prefix, { callers = 5, size = 3_000 } = {}) => {
      let count = 0;
      globalThis.stopped = false;
      const call = async () => {
        while (!stopped) {
          count += 1;
          const name = `${prefix}-${count}`;
          const found = await outcomeOf(`${name} ${"x".repeat(((count * 7_919) % 11) * (size / 10))}`);
          tell(name, found);
          // Who was refused has no runtime any more.
          globalThis.stopped ||= found.code !== undefined;
          await new Promise((resolve) => setTimeout(resolve, 3));
        }
      };
      globalThis.streaming = Promise.all(Array.from({ length: callers }, call));
    };
    globalThis.everything = async () => {
      const names = [];
      for (let start = 0; start !== undefined; ) {
        const page = await runtime.transcriptProjection(ref, { start, limit: 256 });
        names.push(...page.items.map(({ content }) => content.split(" ")[0]));
        start = page.nextStart;
      }
      let gaps = 0;
      let cursor = runtime.eventCursorFromStart();
      for (let more = true; more; ) {
        const batch = await runtime.readEvents(cursor, 256);
        gaps += batch.events.filter(({ id }, at) => id !== cursor.nextEventId + at).length;
        ({ cursor, hasMore: more } = batch);
      }
      return { names, gaps, next: cursor.nextEventId };
    };
  });
  return tab;
}

/** What callers were told, by the name of the call. */
class Told {
  acknowledged = new Map();
  notApplied = new Set();
  refusals = [];
  tell = (name, { sequence, code, outcome }) => {
    if (sequence !== undefined) {
      this.acknowledged.set(name, sequence);
    } else {
      this.refusals.push({ name, code, outcome });
      if (outcome === "not_applied") {
        this.notApplied.add(name);
      }
    }
  };

  async until(count) {
    while (this.acknowledged.size < count) {
      await sleep(5);
    }
  }

  /** Nothing acknowledged is lost, nothing is there twice, and nothing that certainly is not. */
  check({ names, gaps, next }, when) {
    for (const [name, sequence] of this.acknowledged) {
      assert.equal(names[sequence - 1], name, `${when}: ${name} was acknowledged as ${sequence}`);
    }
    assert.equal(new Set(names).size, names.length, `${when}: something is there twice`);
    assert.deepEqual(
      names.filter((name) => this.notApplied.has(name)),
      [],
      when,
    );
    assert.equal(gaps, 0, `${when}: event ids without gaps`);
    // The first event, that of the Worker, and one for each entry.
    assert.equal(next, names.length + 3, when);
  }
}

it("loses no acknowledged mutation when the whole browser is killed", async (test) => {
  const server = await serve();
  const profile = await makeProfile();
  const told = new Told();
  let browser;
  try {
    for (let round = 0; round <= rounds; round += 1) {
      browser = await startBrowser(profile.path);
      const tab = await runtimeTab(browser, server.origin, told.tell);
      await tab.evaluate(() => openRuntime());
      told.check(await tab.evaluate(() => everything()), `round ${round}`);
      if (round === rounds) {
        break;
      }
      const before = told.acknowledged.size;
      await tab.evaluate((prefix) => stream(prefix), `r${round}`);
      await told.until(before + 10);
      await sleep(Math.random() * 300);
      await browser.kill();
    }
    assert.deepEqual(told.refusals, []);
    test.diagnostic(`${rounds} kills, ${told.acknowledged.size} mutations acknowledged, none lost`);
  } finally {
    await browser?.kill();
    await profile.remove();
    await server.close();
  }
});

describe("two tabs", () => {
  let browser;
  let profile;
  let server;

  before(async () => {
    profile = await makeProfile();
    browser = await startBrowser(profile.path);
  });

  beforeEach(async () => {
    server = await serve();
  });

  afterEach(() => server.close());

  after(async () => {
    await browser.kill();
    await profile.remove();
  });

  it("take a runtime from each other in the middle of a stream: one winner, nothing lost", async () => {
    const told = new Told();
    const tabs = [];
    for (const _tab of [0, 1]) {
      tabs.push(await runtimeTab(browser, server.origin, told.tell));
    }
    for (let turn = 0; turn < 6; turn += 1) {
      const tab = tabs[turn % 2];
      const before = told.acknowledged.size;
      await tab.evaluate(() => openRuntime({ takeover: true }));
      await tab.evaluate((prefix) => stream(prefix), `t${turn}`);
      await told.until(before + 20);
      const other = tabs[(turn + 1) % 2];
      if (turn > 0) {
        await other.evaluate(() => {
          globalThis.stopped = true;
          return streaming;
        });
        assert.equal(
          await other.evaluate(() =>
            told(Promise.resolve().then(() => runtime.status())).then(({ code }) => code),
          ),
          "storage_conflict",
        );
      }
    }
    const last = tabs[1];
    await last.evaluate(() => {
      globalThis.stopped = true;
      return streaming;
    });
    told.check(await last.evaluate(() => everything()), "in the end");
    assert.ok(told.refusals.every(({ code }) => code === "storage_conflict"));
    assert.ok(told.refusals.every(({ outcome }) => outcome === "not_applied" || outcome === "unknown"));
    await Promise.all(tabs.map((tab) => tab.close()));
  });

  it("accept nothing of the one that was frozen once it thaws", async () => {
    const told = new Told();
    const first = await runtimeTab(browser, server.origin, told.tell);
    const second = await runtimeTab(browser, server.origin, told.tell);
    await first.evaluate(() => openRuntime());
    await first.evaluate(() => stream("first"));
    await told.until(20);
    const session = await browser.cdp(first);
    await session.send("Page.setWebLifecycleState", { state: "frozen" });
    await second.evaluate(() => openRuntime({ takeover: true }));
    await second.evaluate(() => stream("second"));
    await told.until(told.acknowledged.size + 20);
    await session.send("Page.setWebLifecycleState", { state: "active" });
    await first.evaluate(() => {
      globalThis.stopped = true;
      return streaming;
    });
    assert.equal((await first.evaluate(() => outcomeOf("late x"))).code, "storage_conflict");
    await second.evaluate(() => {
      globalThis.stopped = true;
      return streaming;
    });
    told.check(await second.evaluate(() => everything()), "after the thaw");
    await Promise.all([first.close(), second.close()]);
  });

  it("go on in the other where the renderer of one has crashed", async () => {
    const told = new Told();
    const first = await runtimeTab(browser, server.origin, told.tell);
    await first.evaluate(() => openRuntime());
    await first.evaluate(() => stream("first"));
    await told.until(30);
    const session = await browser.cdp(first);
    session.send("Page.crash").catch(() => {});
    const second = await runtimeTab(browser, server.origin, told.tell);
    await second.evaluate(() => openRuntime());
    told.check(await second.evaluate(() => everything()), "after the crash");
    assert.ok((await second.evaluate(() => outcomeOf("goes-on"))).sequence > 30);
    await second.close();
  });

  it("refuse mutations while the disk is full, and go on once there is room", async () => {
    const told = new Told();
    const tab = await runtimeTab(browser, server.origin, told.tell);
    const session = await browser.cdp(tab);
    const limit = (quotaSize) =>
      session.send("Storage.overrideQuotaForOrigin", { origin: server.origin, quotaSize });
    // Before anything is written: Chromium remembers for a while how much room an origin had.
    await limit(3_000_000);
    await tab.evaluate(() => openRuntime());
    const refused = await tab.evaluate(async () => {
      for (let count = 0; count < 200; count += 1) {
        const noisy = Array.from(noise(60_000), (byte) => String.fromCharCode(0x4e00 + byte)).join("");
        const name = `n${count}`;
        const found = await outcomeOf(`${name} ${noisy}`);
        tell(name, found);
        if (found.sequence === undefined) {
          return { ...found, status: runtime.status(), count };
        }
      }
      return "never";
    });
    assert.deepEqual(
      [refused.name, refused.code, refused.outcome, refused.status],
      ["RuntimeError", "storage_failed", "not_applied", "running"],
    );
    assert.ok(refused.count > 3);
    told.check(await tab.evaluate(() => everything()), "while it is full");
    await limit(undefined);
    assert.equal((await tab.evaluate(() => outcomeOf("goes-on"))).sequence, told.acknowledged.size + 1);
    await tab.close();
  });

  it("call a runtime lost whose site data is cleared, and start none over it unless that is accepted", async () => {
    const told = new Told();
    const tab = await runtimeTab(browser, server.origin, told.tell);
    await tab.evaluate(() => openRuntime());
    await tab.evaluate(() => stream("cleared", { callers: 1 }));
    await told.until(10);
    await tab.evaluate(() => {
      globalThis.stopped = true;
      return streaming;
    });
    const session = await browser.cdp(tab);
    await session.send("Storage.clearDataForOrigin", { origin: server.origin, storageTypes: "indexeddb" });
    const found = await tab.evaluate(() => outcomeOf("never x"));
    assert.ok(["storage_lost", "storage_conflict"].includes(found.code), JSON.stringify(found));
    const again = await tab.evaluate(async () => {
      await runtime.close();
      return (await globalThis.told(openRuntime())).code;
    });
    assert.equal(again, "storage_lost");
    const codes = await tab.evaluate(async () => {
      await openRuntime({ acceptLoss: true });
      return runtime.diagnostics().map(({ code }) => code);
    });
    assert.ok(codes.includes("storage.loss_accepted"), String(codes));
    await tab.close();
  });
});
