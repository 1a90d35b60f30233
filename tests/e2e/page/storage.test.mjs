/** The runtime that the browser keeps: it is there again after a reload, and two tabs agree on who has it. */

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { createRuntime, createTask, finish, openShelf, say, startConsole, workerRows } from "./support.mjs";

let console_;
before(async () => {
  console_ = await startConsole();
});
after(() => console_.close());

const ID = "shared";

const opened = (page) => page.locator("#runtime-id", { hasText: /^shared$/ }).waitFor();

/** Another tab of the same browser, in which the page begins where it was left. */
async function secondTab(page) {
  const tab = await page.context().newPage();
  tab.setDefaultTimeout(15_000);
  tab.on("pageerror", (error) => page.complaints.push(`second tab: ${error}`));
  tab.on("console", (message) => {
    if (message.type() === "error") page.complaints.push(`second tab: ${message.text()}`);
  });
  await tab.goto(console_.url);
  return tab;
}

test("what is kept in the browser is there after a reload, and memory is left as it was", async () => {
  const page = await console_.open();
  await createTask(page, "Only in memory");
  await createRuntime(page, { id: ID });
  assert.equal(await page.locator("#count-workers").textContent(), "0");
  assert.match(
    await page.locator("#durability").textContent(),
    /^survives a power loss · held by this tab · best effort$/,
  );
  await createTask(page, "Be kept");
  await say(page, "user", "Remember this");
  await page.locator(".message").waitFor();

  await openShelf(page);
  await page.getByRole("button", { name: "Open In memory" }).click();
  await workerRows(page).getByText("Only in memory").waitFor();
  await openShelf(page);
  await page.getByRole("button", { name: "Open shared" }).click();
  await workerRows(page).getByText("Be kept").waitFor();

  await page.reload();
  await opened(page);
  await workerRows(page).getByText("Be kept").click();
  await page.locator(".message", { hasText: "Remember this" }).waitFor();
  assert.deepEqual(
    await page.locator(".event").evaluateAll((shown) => shown.map((event) => event.dataset.kind)),
    ["runtime_started", "worker_created", "worker_input_accepted"],
  );
  await finish(page);
});

test("a second tab waits, takes over, and the first takes it back", async () => {
  const page = await console_.open();
  await createRuntime(page, { id: ID });
  await createTask(page, "Be shared");

  const tab = await secondTab(page);
  await tab.locator("#notice", { hasText: "Another tab seems to have “shared” open" }).waitFor();
  await tab.getByRole("button", { name: "Take it over" }).click();
  await opened(tab);
  await workerRows(tab).getByText("Be shared").click();
  await say(tab, "user", "from the second tab");
  await tab.locator(".message").waitFor();

  await page.locator("#notice", { hasText: "Another tab has taken this runtime over" }).waitFor();
  assert.equal(await page.locator("#new-worker").isDisabled(), true);
  assert.equal(await page.locator("#workers").evaluate((panel) => panel.inert), true);
  await page.getByRole("button", { name: "Take it back" }).click();
  await page.locator("#new-worker:enabled").waitFor();
  await workerRows(page).getByText("Be shared").click();
  await page.locator(".message", { hasText: "from the second tab" }).waitFor();
  await tab.locator("#notice", { hasText: "Another tab has taken this runtime over" }).waitFor();
  await finish(page);
});

test("a tab that waits goes on by itself once the other has crashed", async () => {
  const page = await console_.open();
  await createRuntime(page, { id: ID });
  await createTask(page, "Outlive a tab");
  const tab = await secondTab(page);
  await tab.locator("#notice", { hasText: "Another tab seems" }).waitFor();
  // The way a tab crashes: nothing of it runs any more, and nobody says goodbye.
  const session = await page.context().newCDPSession(page);
  session.send("Page.crash").catch(() => {});
  await page.waitForEvent("crash");
  await opened(tab);
  await workerRows(tab).getByText("Outlive a tab").waitFor();
  assert.equal(await tab.locator("#notice").isVisible(), false);
  await finish(page);
});

test("a tab that waits can be used with a runtime in memory instead", async () => {
  const page = await console_.open();
  await createRuntime(page, { id: ID });
  const tab = await secondTab(page);
  await tab.getByRole("button", { name: "Use another" }).click();
  await tab.locator("#new-worker:enabled").waitFor();
  await createTask(tab, "Go on in memory");
  assert.match(await tab.locator("#durability").textContent(), /^ends with this page$/);
  await finish(page);
});

test("where the browser stores nothing, the page says so and goes on in memory", async () => {
  const page = await console_.open();
  await page.context().addInitScript(() => {
    const refuse = () => {
      throw new DOMException("denied", "SecurityError");
    };
    Object.defineProperty(globalThis, "indexedDB", { get: refuse });
    Object.defineProperty(globalThis, "localStorage", { get: refuse });
  });
  await page.reload();
  await page.locator("#new-worker:enabled").waitFor();
  await createTask(page, "Be forgotten");
  await openShelf(page);
  await page.locator("#runtimes-list").getByText("The browser stores nothing for this page").waitFor();
  await page.getByRole("button", { name: "New runtime" }).click();
  await page.getByRole("button", { name: "Create runtime" }).click();
  await page.locator("#found .form-error", { hasText: "the storage failed" }).waitFor();
  await page.keyboard.press("Escape");
  await page.keyboard.press("Escape");
  await workerRows(page).getByText("Be forgotten").waitFor();
  await finish(page);
});
