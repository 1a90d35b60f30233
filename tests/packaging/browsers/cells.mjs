import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { keptTwice } from "../support/books.mjs";
import { serveTabs } from "./asking.mjs";
import { browsers } from "./hosts.mjs";

const KILLS = 3;
const QUOTA_BYTES = 10 * 1024 * 1024;
const ACKNOWLEDGED_BEFORE_KILL = 20;

/** The browser on a profile that ends with the cell: started with so many tabs as often as the test wants. */
async function setUp(context, browser) {
  if (!browser.find()) context.skip(browser.missing);
  context.version = browser.version();
  const profile = mkdtempSync(join(tmpdir(), "worker-runtime-profile-"));
  context.after(() => rmSync(profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 }));
  const server = await serveTabs(context);
  const complaints = [];
  return {
    origin: server.origin,
    async start(count = 1, ...options) {
      const tabs = Array.from({ length: count }, () => server.tab());
      const { kill, limit } = await browser.start(
        context,
        profile,
        tabs.map(({ url }) => url),
        ...options,
      );
      complaints.push(...tabs.map((tab) => tab.complaints));
      return { tabs, kill, limit };
    },
    /** What no test has asked for. */
    silent: () => assert.deepEqual(complaints.flat(), []),
  };
}

async function books({ start, silent }) {
  const { tabs } = await start();
  const [tab] = tabs;
  await keptTwice(async () => {
    const told = await tab.call("books");
    await tab.call("reload");
    return told;
  }, "power-loss");
  silent();
}

const kit = (action, options) =>
  async function kit({ start }) {
    const { tabs } = await start();
    const { cases, failures } = await tabs[0].call(action, options);
    assert.deepEqual(failures, []);
    assert.ok(cases > 300, `${cases} cases`);
    return `${cases} cases`;
  };

async function killed({ start }) {
  let acknowledged = 0;
  for (let round = 0; round < KILLS; round += 1) {
    const { tabs, kill } = await start();
    const found = await tabs[0].call("sendForEver", "killed");
    assert.ok(found >= acknowledged, `found ${found} of ${acknowledged}`);
    const enough = found + ACKNOWLEDGED_BEFORE_KILL;
    while (acknowledged < enough) acknowledged = await tabs[0].call("progress");
    await kill();
  }
  const { tabs } = await start();
  const found = await tabs[0].call("open", "killed");
  assert.ok(found >= acknowledged, `found ${found} of ${acknowledged}`);
  assert.equal(await tabs[0].call("readable", "killed"), found);
  return `${KILLS} times, ${acknowledged} acknowledged, ${found} found`;
}

const refusedWith = (code) => (error) => error.code === code;

async function twoTabs({ start, silent }) {
  const { tabs } = await start(2);
  const [first, second] = tabs;
  await first.call("open", "shared");
  await first.call("send", "shared");
  // The second waits for the first, or until it has waited enough.
  await assert.rejects(second.call("open", "shared", { waitMs: 500 }), refusedWith("storage_locked"));
  const waiting = second.call("open", "shared");
  await first.call("send", "shared");
  await first.call("close", "shared");
  assert.equal(await waiting, 2);
  // The first takes it back, and the second is told.
  const watched = second.call("watch", "shared");
  assert.equal(await first.call("open", "shared", { takeover: true }), 2);
  assert.equal(await watched, "storage_conflict");
  await assert.rejects(second.call("send", "shared"), refusedWith("storage_conflict"));
  assert.equal(await first.call("send", "shared"), 3);
  // A tab that goes away without a word lets go.
  const next = second.call("open", "shared");
  first.call("reload");
  assert.equal(await next, 3);
  silent();
}

async function sandboxed({ start }) {
  const { tabs } = await start();
  assert.deepEqual(await tabs[0].call("sandboxed"), {
    inMemory: 1,
    opened: {
      name: "RuntimeError",
      code: "storage_failed",
      cause: { name: "StorageRejected", code: "denied" },
    },
  });
}

/** Fills what the browser grants; what is refused leaves what was acknowledged as it is. */
async function full({ origin, start }) {
  const quota = { origin, bytes: QUOTA_BYTES };
  const { tabs, limit } = await start(1, { quota });
  await tabs[0].call("progress");
  await limit?.();
  await tabs[0].call("open", "full");
  const { sent, refusal } = await tabs[0].call("fill", "full", 4 * QUOTA_BYTES);
  assert.deepEqual(refusal, {
    name: "RuntimeError",
    code: "storage_failed",
    outcome: "not_applied",
    cause: { name: "StorageRejected", code: "quota" },
  });
  assert.equal(await tabs[0].call("readable", "full"), sent);
  // Opening it again would take a commit, for which there may be no room; looking into it does not.
  await tabs[0].call("close", "full");
  assert.equal(await tabs[0].call("inspect", "full"), sent);
  return `refused after ${sent} entries, all of them readable`;
}

/** As a user does who lets no page keep anything. */
async function switchedOff({ start }) {
  const { tabs } = await start(1, { preferences: { "network.cookie.cookieBehavior": 2 } });
  await assert.rejects(tabs[0].call("open", "refused"), (error) => {
    assert.deepEqual(
      [error.code, error.cause],
      ["storage_failed", { name: "StorageRejected", code: "denied" }],
    );
    return true;
  });
}

/** In a fresh page, where nothing of the module has been called often. */
async function endOfStack({ start, silent }) {
  const { tabs } = await start();
  assert.deepEqual(await tabs[0].call("endOfStack"), [0, "running", "running"]);
  silent();
}

const cell = (browser, what, test) => ({
  host: browser.host,
  what,
  run: async (context) => test(await setUp(context, browser)),
});

const cellsOf = (browser) => [
  cell(browser, "durable runtime", books),
  cell(browser, "conformance kit in a window", kit("kit", { databaseName: "kit" })),
  cell(
    browser,
    "conformance kit in a worker",
    kit("kitInWorker", { databaseName: "kit", durability: "relaxed" }),
  ),
  cell(browser, "kill -9 and open again", killed),
  cell(browser, "two tabs", twoTabs),
  cell(browser, "sandboxed frame: `open` is refused with a code", sandboxed),
  cell(browser, "called at the end of the stack", endOfStack),
];

export const kind = "Browsers";
export const cells = [
  ...Object.values(browsers).flatMap(cellsOf),
  cell(browsers.chromium, "quota used up", full),
  cell(browsers.firefox, "quota used up", full),
  cell(browsers.firefox, "storage switched off by the user: refused with a code", switchedOff),
];
