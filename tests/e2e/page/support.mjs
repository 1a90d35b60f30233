/** The served page in a real Chromium, with everything noted that must not happen in it. */

import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { pageMounts, serve } from "../../../scripts/serve.mjs";
import { targetFolder } from "../../../scripts/shared/paths.mjs";

const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
const args = [
  "--no-sandbox",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--disable-quic",
  "--disable-gpu",
  "--disable-dev-shm-usage",
];

export const sizes = {
  wide: { width: 1440, height: 900 },
  middle: { width: 900, height: 1000 },
  phone: { width: 360, height: 740 },
};

/** A server and a browser; `open` gives a page of its own in a context of its own. */
export async function startConsole() {
  const server = await serve({ mounts: pageMounts });
  const browser = await chromium.launch({ executablePath, args });
  return {
    url: server.url,
    browser,

    /**
     * The page, ready to be used. Its `complaints` are what the console, the page's own errors and its policy said;
     * options are those of a browser context. A service worker would hide requests from tests that answer them, so that
     * only tests about it allow it.
     */
    async open({ viewport = sizes.wide, colorScheme = "light", ...options } = {}) {
      const context = await browser.newContext({
        viewport,
        colorScheme,
        serviceWorkers: "block",
        ...options,
      });
      await context.addInitScript(() => {
        document.addEventListener("securitypolicyviolation", (event) => {
          console.error(`policy: ${event.violatedDirective} refused ${event.blockedURI}`);
        });
      });
      const page = await context.newPage();
      page.setDefaultTimeout(15_000);
      page.complaints = [];
      page.on("pageerror", (error) => page.complaints.push(String(error)));
      page.on("console", (message) => {
        if (!["error", "warning"].includes(message.type())) return;
        // What the driver itself says where a test goes without the service worker.
        if (message.text() === "Service Worker registration blocked by Playwright") return;
        page.complaints.push(message.text());
      });
      page.on("dialog", (dialog) => {
        page.complaints.push(`a dialog opened: ${dialog.message()}`);
        dialog.dismiss();
      });
      await page.goto(server.url);
      await page.locator("#new-worker:enabled").waitFor();
      return page;
    },

    async close() {
      await browser.close();
      await server.close();
    },
  };
}

/** Closes the page, which must have had nothing to complain about. */
export async function finish(page) {
  assert.deepEqual(page.complaints, []);
  await page.context().close();
}

/** Where the tests leave what is to be looked at. */
export function screenshotPath(name) {
  const folder = join(targetFolder, "screenshots");
  mkdirSync(folder, { recursive: true });
  return join(folder, `${name}.png`);
}

/** Loads the recorded runs by the page's own button and waits until they are all there. */
export async function loadRecordedRuns(page) {
  await page.getByRole("button", { name: "Load recorded runs" }).first().click();
  await page.locator("#count-workers", { hasText: /^[89]$/ }).waitFor({ state: "attached" });
  await page.locator("#load-samples:not([aria-disabled])").waitFor({ state: "attached" });
}

/** Fills the runtime that is shown with 1,000 Workers and 100,000 entries, and answers what the page says at the end. */
export async function makeBig(page) {
  await page.locator("[data-does=make-big]:visible").click();
  const said = page.locator("#growing-text", { hasText: /^(?:Done|Ended|Cancelled)/ });
  await said.waitFor({ timeout: 180_000 });
  return said.textContent();
}

/** Keeps every other transaction of the storage waiting until `globalThis.letGo()`. */
export const occupyStorage = (page) =>
  page.evaluate(
    () =>
      new Promise((resolve, reject) => {
        const opening = indexedDB.open("worker-runtime");
        opening.onerror = reject;
        opening.onsuccess = () => {
          let occupied = true;
          globalThis.letGo = () => {
            occupied = false;
          };
          const transaction = opening.result.transaction("records", "readwrite");
          const again = () => {
            if (!occupied) return;
            transaction.objectStore("records").get("nothing").onsuccess = again;
          };
          again();
          transaction.oncomplete = () => opening.result.close();
          resolve();
        };
      }),
  );

/** Creates a runtime by the dialog, kept in the browser or in memory, and waits until it is shown. */
export async function createRuntime(page, { id, name, kept = true }) {
  await page.getByRole("button", { name: "Runtimes" }).first().click();
  await page.getByRole("button", { name: "New runtime" }).click();
  const dialog = page.getByRole("dialog", { name: "New runtime" });
  await dialog.getByRole("radio", { name: kept ? "In this browser" : "In memory" }).check({ force: true });
  await dialog.getByLabel("Id").fill(id);
  if (name) await dialog.getByLabel("Display name").fill(name);
  await dialog.getByRole("button", { name: "Create runtime" }).click();
  await dialog.waitFor({ state: "hidden" });
  await page.locator("#runtime-id", { hasText: new RegExp(`^${id}$`) }).waitFor({ state: "attached" });
}

/** Opens the dialog of all runtimes and answers the rows in it. */
export async function openShelf(page) {
  await page.getByRole("button", { name: "Runtimes" }).first().click();
  // What an earlier look has shown stands there until this one's answer does.
  await page.locator("#runtimes-list[aria-busy=false] li").first().waitFor();
  return page.locator("#runtimes-list li");
}

/** Creates a Worker by the dialog, with an objective. */
export async function createTask(page, objective) {
  await page.locator("#new-worker").click();
  const dialog = page.getByRole("dialog", { name: "New Worker" });
  await dialog.getByRole("radio", { name: "Task" }).check({ force: true });
  await dialog.getByLabel("Objective").fill(objective);
  await dialog.getByRole("button", { name: "Create Worker" }).click();
  await dialog.waitFor({ state: "hidden" });
}

/** Sends or records a message by the composer. */
export async function say(page, role, content) {
  const composer = page.locator("#composer");
  await composer.getByRole("radio", { name: role }).check({ force: true });
  await composer.getByLabel("Content").fill(content);
  await page.locator("#composer-send").click();
}

/** The rows of the list of Workers that are elements now, all or only the chosen one. */
export const workerRows = (page, options) =>
  page.getByRole("listbox", { name: "Workers" }).getByRole("option", options);

/** The sequences of the messages that are elements now. */
export const sequencesShown = (page) =>
  page.locator(".message").evaluateAll((shown) => shown.map((message) => Number(message.dataset.sequence)));
