/** kill -9 of the whole browser in the middle of a stream of commits, and what the next one finds. */

import assert from "node:assert/strict";
import { readdir, stat, truncate } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { makeProfile, serve, startBrowser } from "./browser.mjs";

const trials = Number(process.env.TORN_TRIALS ?? 2);
const rounds = Number(process.env.KILL_ROUNDS ?? 10);

describe("a killed browser", () => {
  it("has every acknowledged commit, and each commit wholly or not at all", async (test) => {
    const server = await serve();
    const profile = await makeProfile();
    let browser;
    let acknowledged = 0;
    let unacknowledged = 0;
    try {
      for (let round = 0; round <= rounds; round += 1) {
        browser = await startBrowser(profile.path);
        const tab = await browser.tab(server.origin);
        const found = await tab.evaluate(async () => {
          globalThis.store = await storage.open("killed");
          const head = await store.head();
          const numbers = async (gte, lt) =>
            (await store.read({ gte, lt })).map(([key, value]) => [Number(key.slice(1)), value.length]);
          return { head, left: await numbers("a", "b"), right: await numbers("b", "c") };
        });
        const last = found.head === null ? 0 : Number(found.head.slice(1));
        assert.ok(last >= acknowledged, `round ${round}: found ${last} after acknowledging ${acknowledged}`);
        unacknowledged += last - acknowledged;
        const expected = Array.from({ length: last }, (_, at) => at + 1);
        for (const side of [found.left, found.right]) {
          assert.deepEqual(
            side.map(([number]) => number),
            expected,
            `round ${round}: records of exactly the commits up to ${last}`,
          );
        }
        assert.ok(found.left.every(([number, length]) => length === 20 + (number % 7) * 9_000));
        acknowledged = last;
        if (round === rounds) {
          break;
        }
        await tab.exposeFunction("acknowledge", (number) => {
          acknowledged = number;
        });
        await tab.evaluate((last) => {
          const key = (side, number) => side + String(number).padStart(8, "0");
          (async () => {
            for (let number = last + 1, from = last === 0 ? null : `h${last}`; ; number += 1) {
              const ops = [
                [key("a", number), noise(20 + (number % 7) * 9_000)],
                [key("b", number), bytes(8, number)],
              ];
              const head = await store.commit({ from, to: `h${number}`, ops });
              if (head !== `h${number}`) throw new Error(`answered ${head}`);
              from = head;
              acknowledge(number);
            }
          })();
        }, last);
        const before = acknowledged;
        while (acknowledged < before + 5) {
          await sleep(5);
        }
        await sleep(20 + Math.random() * 300);
        await browser.kill();
      }
      test.diagnostic(
        `${rounds} kills, ${acknowledged} commits acknowledged, none lost; ${unacknowledged} were there beyond the last acknowledgement heard`,
      );
    } finally {
      await browser?.kill();
      await profile.remove();
      await server.close();
    }
  });
});

/**
 * A kill can leave a torn record at the end of Chromium's log. Here it is cut by hand. The next start reads up to the
 * cut; what counts is whether the one after that still finds what was acknowledged in between.
 */
describe("a torn log", () => {
  async function trial(cut, renewing) {
    const server = await serve();
    const profile = await makeProfile();
    let browser;
    const start = async () => {
      browser = await startBrowser(profile.path);
      const tab = await browser.tab(server.origin);
      await tab.evaluate(async (renewing) => {
        if (!renewing) {
          Object.defineProperty(navigator, "userAgent", { value: "something else" });
        }
        globalThis.store = await storage.open("torn");
      }, renewing);
      return tab;
    };
    const append = (tab, count) =>
      tab.evaluate(async (count) => {
        let head = await store.head();
        for (let left = count; left > 0; left -= 1) {
          const to = `h${Number(head?.slice(1) ?? 0) + 1}`;
          head = await store.commit({ from: head, to, ops: [[to, noise(300)]] });
          if (head !== to) throw new Error(`answered ${head}`);
        }
        return head;
      }, count);
    try {
      await append(await start(), 20);
      await browser.kill();
      const databases = join(profile.path, "Default", "IndexedDB");
      const [name] = await readdir(databases);
      const files = (await readdir(join(databases, name))).filter((file) => file.endsWith(".log")).sort();
      const log = join(databases, name, files.at(-1));
      await truncate(log, (await stat(log)).size - cut);
      const acknowledged = await append(await start(), 10);
      await browser.kill();
      const tab = await start();
      const found = await tab.evaluate(() => store.head());
      return { acknowledged, found };
    } finally {
      await browser?.kill();
      await profile.remove();
      await server.close();
    }
  }

  it("costs nothing that was acknowledged after it", async (test) => {
    for (let number = 0; number < trials; number += 1) {
      const cut = 1 + Math.floor(Math.random() * 200);
      const { acknowledged, found } = await trial(cut, true);
      assert.equal(found, acknowledged, `after cutting ${cut} bytes`);
    }
    const without = await trial(5, false);
    test.diagnostic(
      `${trials} torn logs, nothing lost; without a new log: ${without.acknowledged} became ${without.found}`,
    );
  });
});
