/** kill -9 of the whole browser in the middle of a stream of commits, and what the next one finds. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { makeProfile, serve, startBrowser } from "./browser.mjs";

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
