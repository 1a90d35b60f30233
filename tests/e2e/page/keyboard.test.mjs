/** The whole way by keyboard alone: nothing here uses the mouse, and what has the focus can be seen. */

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { finish, sizes, startConsole } from "./support.mjs";

let console_;
before(async () => {
  console_ = await startConsole();
});
after(() => console_.close());

/** What has the focus: its name for a person, and whether the focus can be seen. */
const focus = (page) =>
  page.evaluate(() => {
    const { activeElement } = document;
    if (activeElement === document.body) return null;
    const shown = activeElement.closest(".segments label") ?? activeElement;
    const style = getComputedStyle(shown);
    const labelled = activeElement.getAttribute("aria-labelledby");
    return {
      id: activeElement.id,
      name: (
        activeElement.getAttribute("aria-label") ??
        (labelled ? document.getElementById(labelled).textContent : undefined) ??
        activeElement.labels?.[0]?.textContent ??
        activeElement.textContent
      ).trim(),
      seen: style.outlineStyle !== "none" && Number.parseFloat(style.outlineWidth) >= 2,
    };
  });

/** Presses Tab until `wanted` has the focus; every stop on the way must be seen. */
async function tabTo(page, wanted, key = "Tab") {
  const passed = [];
  for (let presses = 0; presses < 60; presses += 1) {
    await page.keyboard.press(key);
    const now = await focus(page);
    if (now === null) continue;
    assert.ok(now.seen, `the focus on ${JSON.stringify(now)} can be seen`);
    if (now.id === wanted || now.name === wanted) return;
    passed.push(now.id || now.name);
  }
  assert.fail(`${wanted} is not within reach: ${passed.join(", ")}`);
}

test("create, talk, read, pause, filter, choose and stop", async () => {
  const page = await console_.open();
  const { keyboard } = page;

  await tabTo(page, "new-worker");
  await keyboard.press("Enter");
  assert.equal((await focus(page)).name, "Assistant");
  await keyboard.press("ArrowRight");
  assert.equal((await focus(page)).name, "Task");
  await tabTo(page, "Objective");
  await keyboard.type("Be made without a mouse");
  await tabTo(page, "Add a capability");
  await keyboard.press("Enter");
  assert.equal((await focus(page)).name, "Name");
  await keyboard.type("shell");
  await tabTo(page, "Remove 1 of requested capabilities");
  await keyboard.press("Enter");
  assert.equal((await focus(page)).name, "Add a capability");
  await tabTo(page, "Create Worker");
  await keyboard.press("Enter");
  await page.locator("#create").waitFor({ state: "hidden" });

  assert.equal((await focus(page)).id, "composer-content");
  await keyboard.type("Hello");
  await keyboard.press("Control+Enter");
  await page.locator('.message[data-sequence="1"][data-role=user]').waitFor();
  await keyboard.press("Shift+Tab");
  await keyboard.press("ArrowRight");
  await keyboard.press("ArrowRight");
  assert.equal((await focus(page)).name, "Assistant");
  await keyboard.press("Tab");
  await keyboard.type("Good day");
  await keyboard.press("Tab");
  assert.equal((await focus(page)).name, "Record output");
  await keyboard.press("Enter");
  await page.locator('.message[data-sequence="2"][data-role=assistant]').waitFor();

  await tabTo(page, "messages", "Shift+Tab");
  await keyboard.press("PageDown");
  assert.equal(await page.evaluate(() => document.activeElement.dataset.sequence), "1");
  await keyboard.press("PageDown");
  assert.equal(await page.evaluate(() => document.activeElement.dataset.sequence), "2");
  await keyboard.press("Tab");
  assert.equal((await focus(page)).name, "Copy");
  await keyboard.press("Tab");
  assert.equal((await focus(page)).id, "messages-start");

  await tabTo(page, "events-pause");
  await keyboard.press("Space");
  assert.equal((await focus(page)).name, "Resume");
  await keyboard.press("Space");
  await tabTo(page, "Events");
  await keyboard.press("PageDown");
  await keyboard.press("PageDown");
  await keyboard.press("Tab");
  assert.equal((await focus(page)).name, "worker-00000001");
  await keyboard.press("Enter");
  assert.equal(await page.locator("#conversation-heading").textContent(), "Be made without a mouse");

  await tabTo(page, "stop-worker", "Shift+Tab");
  await keyboard.press("Enter");
  assert.equal((await focus(page)).name, "Reason optional");
  await keyboard.press("Escape");
  assert.equal((await focus(page)).id, "stop-worker");
  await keyboard.press("Enter");
  await keyboard.type("Seen enough");
  await tabTo(page, "Stop Worker");
  await keyboard.press("Enter");
  await page.locator(".event q", { hasText: "Seen enough" }).waitFor();
  assert.equal((await focus(page)).id, "conversation");
  await finish(page);
});

test("the list of Workers is one stop, moved through by arrows", async () => {
  const page = await console_.open();
  const { keyboard } = page;
  await tabTo(page, "load-samples");
  await keyboard.press("Enter");
  await page.locator("#count-workers", { hasText: /^8$/ }).waitFor();
  await page.locator("#load-samples:not([aria-disabled])").waitFor();
  assert.equal((await focus(page)).id, "load-samples");
  await tabTo(page, "Text or id");
  await tabTo(page, "Workers");
  const chosen = () =>
    page.evaluate(() => {
      const active = document.getElementById(document.activeElement.getAttribute("aria-activedescendant"));
      return active.ariaSelected === "true" && active.dataset.key;
    });
  assert.equal(await chosen(), "worker-00000001");
  await keyboard.press("ArrowDown");
  assert.equal(await chosen(), "worker-00000002");
  assert.equal(await page.locator("#conversation-over .id").textContent(), "worker-00000002");
  await keyboard.press("End");
  assert.equal(await chosen(), "worker-00000008");
  await keyboard.press("ArrowDown");
  assert.equal(await chosen(), "worker-00000008");
  await keyboard.press("Home");
  await keyboard.press("ArrowUp");
  assert.equal(await chosen(), "worker-00000001");
  await finish(page);
});

test("the first stops skip to the Workers and to the conversation", async () => {
  const page = await console_.open();
  await page.locator("#load-samples").press("Enter");
  await page.locator("#count-workers", { hasText: /^8$/ }).waitFor();
  await page.reload();
  await page.locator("#new-worker:enabled").waitFor();
  await page.keyboard.press("Tab");
  assert.equal((await focus(page)).name, "Skip to Workers");
  await page.keyboard.press("Tab");
  assert.equal((await focus(page)).name, "Skip to conversation");
  await page.keyboard.press("Enter");
  assert.equal((await focus(page)).id, "conversation");
  await finish(page);
});

test("on a narrow screen the panels are chosen by keyboard, and Enter on a Worker opens its conversation", async () => {
  const page = await console_.open({ viewport: sizes.phone });
  await page.locator("#workers-empty button").press("Enter");
  await page.locator("#load-samples:not([aria-disabled])").waitFor({ state: "attached" });
  assert.equal((await focus(page)).id, "conversation");
  await page.locator("#notice").waitFor({ state: "hidden" });
  await tabTo(page, "Workers");
  await page.keyboard.press("Enter");
  await tabTo(page, "workers-list", "Shift+Tab");
  await page.keyboard.press("ArrowDown");
  assert.equal(await page.locator("#workers").isVisible(), true);
  await page.keyboard.press("Enter");
  assert.equal(await page.locator("#workers").isVisible(), false);
  assert.equal((await focus(page)).id, "conversation");
  assert.equal(await page.locator("#conversation-over .id").textContent(), "worker-00000002");
  await tabTo(page, "Runtime");
  await page.keyboard.press("Enter");
  assert.equal(await page.locator("#runtime").isVisible(), true);
  await finish(page);
});

test("a runtime is created, exported and deleted", async () => {
  const page = await console_.open();
  const { keyboard } = page;
  await tabTo(page, "Runtimes");
  await keyboard.press("Enter");
  await page.locator("#runtimes-list li").first().waitFor();
  await tabTo(page, "runtimes-new");
  await keyboard.press("Enter");
  assert.equal((await focus(page)).name, "In this browser");
  await tabTo(page, "Id generated where empty");
  await keyboard.type("by-hand");
  await keyboard.press("Enter");
  await page.locator("#runtime-id", { hasText: /^by-hand$/ }).waitFor();
  assert.equal((await focus(page)).name, "Runtimes");

  await keyboard.press("Enter");
  await page.locator("#runtimes-list li").nth(1).waitFor();
  const download = page.waitForEvent("download");
  await tabTo(page, "Export by-hand");
  await keyboard.press("Enter");
  assert.equal((await download).suggestedFilename(), "by-hand.jsonl");
  await page.locator("#runtimes-list", { hasText: "Exported as by-hand.jsonl" }).waitFor();
  assert.equal((await focus(page)).name, "Export by-hand");
  await tabTo(page, "import-file");
  await tabTo(page, "health-persist");
  await tabTo(page, "Delete by-hand", "Shift+Tab");
  await keyboard.press("Enter");
  assert.equal((await focus(page)).name, "Id of the runtime");
  await keyboard.type("by-hand");
  await keyboard.press("Enter");
  await page.locator("#delete").waitFor({ state: "hidden" });
  assert.equal((await focus(page)).id, "runtimes-new");
  await keyboard.press("Escape");
  assert.equal((await focus(page)).name, "Runtimes");
  await finish(page);
});
