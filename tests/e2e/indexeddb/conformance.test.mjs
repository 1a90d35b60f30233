/** The conformance kit on the IndexedDB of a real Chromium, in a window and in a worker. */

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { makeProfile, serve, startBrowser } from "./browser.mjs";

/** Runs in the browser: every case of the kit on one database, and answers with what failed. */
const source = (origin, options) => `
  import { indexedDbStorage } from "${origin}/dist/entry/indexeddb.js";
  import { storageConformance } from "${origin}/dist/entry/testing.js";
  const make = () => indexedDbStorage(${JSON.stringify(options)});
  const kit = storageConformance(async () => ({ storage: make(), another: async () => make() }));
  const failures = [];
  for (const { name, run } of kit) {
    await run().catch((error) => failures.push(name + ": " + error.message));
  }
  postMessage({ cases: kit.length, failures });
`;

describe("the conformance kit in Chromium", () => {
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

  async function runIn(place, options) {
    const tab = await browser.tab(server.origin);
    const answer = tab.evaluate(
      ([place, source]) =>
        new Promise((resolve, reject) => {
          const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
          if (place === "worker") {
            const worker = new Worker(url, { type: "module" });
            worker.onmessage = ({ data }) => resolve(data);
            worker.onerror = ({ message }) => reject(new Error(message));
          } else {
            addEventListener("message", ({ data }) => resolve(data), { once: true });
            import(url).catch(reject);
          }
        }),
      [place, source(server.origin, options)],
    );
    const { cases, failures } = await answer;
    await tab.close();
    assert.deepEqual(failures, []);
    assert.ok(cases >= 150, `${cases} cases`);
    return cases;
  }

  it("passes in a window", async (test) => {
    test.diagnostic(`${await runIn("window", { databaseName: "window" })} cases`);
  });

  it("passes in a worker, relaxed", async (test) => {
    test.diagnostic(`${await runIn("worker", { databaseName: "worker", durability: "relaxed" })} cases`);
  });
});
