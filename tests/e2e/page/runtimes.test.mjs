/** The dialog of all runtimes: create, open, export, import and delete, and how the storage is. */

import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { after, before, test } from "node:test";
import {
  createRuntime,
  createTask,
  finish,
  openShelf,
  say,
  screenshotPath,
  startConsole,
  workerRows,
} from "./support.mjs";

let console_;
before(async () => {
  console_ = await startConsole();
});
after(() => console_.close());

/** Saves the export of the runtime called `name` and answers the path of the file. */
async function exported(page, name) {
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: `Export ${name}` }).click(),
  ]);
  return { path: await download.path(), name: download.suggestedFilename() };
}

async function deleted(page, id) {
  await page.getByRole("button", { name: `Delete ${id}` }).click();
  const dialog = page.getByRole("dialog", { name: "Delete this runtime?" });
  await dialog.getByLabel("Id of the runtime").fill(id);
  await dialog.getByRole("button", { name: "Delete runtime" }).click();
  await dialog.waitFor({ state: "hidden" });
}

const importFile = (page, path) => page.locator("#import-file").setInputFiles(path);
const importResult = (page, text) => page.locator("#import-result", { hasText: text }).waitFor();

test("created with id and name, listed with what it holds and who has it", async () => {
  const page = await console_.open();
  await createRuntime(page, { id: "night-shift", name: "Night <b>shift</b>" });
  await createTask(page, "Watch over the house");
  const rows = await openShelf(page);
  assert.equal(await rows.count(), 2);
  const kept = await rows.filter({ hasText: "night-shift" }).textContent();
  assert.match(kept, /Night <b>shift<\/b>/);
  assert.match(kept, /In this browser · Held by this tab, shown now/);
  assert.match(kept, /1 Worker, 2 events/);
  assert.match(await rows.first().textContent(), /In memory, gone with this tab · Held by this tab/);

  await page.getByRole("button", { name: "New runtime" }).click();
  await page.locator("#found").getByLabel("Id").fill("night-shift");
  await page.getByRole("button", { name: "Create runtime" }).click();
  await page.locator("#found .field-error", { hasText: "Is taken" }).waitFor();
  await page.locator("#found").getByLabel("Id").fill(" ");
  await page.getByRole("button", { name: "Create runtime" }).click();
  await page.locator("#found [name=runtimeId][aria-invalid=true]").waitFor();
  await finish(page);
});

test("exported to a file, deleted after its id was typed, and imported as it was", async () => {
  const page = await console_.open();
  await createRuntime(page, { id: "travelling" });
  await createTask(page, "See the world");
  await say(page, "user", "Go west");
  await page.locator(".message").waitFor();

  let rows = await openShelf(page);
  const file = await exported(page, "travelling");
  assert.equal(file.name, "travelling.jsonl");
  const lines = readFileSync(file.path, "utf8").trimEnd().split("\n");
  assert.deepEqual(
    lines.map((line) => JSON.parse(line).type).filter((type) => type !== "diagnostic"),
    ["header", "event", "event", "event", "operation", "trailer"],
  );

  await importFile(page, file.path);
  await importResult(page, "was refused, and nothing of it was kept");
  assert.match(await page.locator("#import-result").textContent(), /has a runtime of this id already|exists/);

  await page.getByRole("button", { name: "Delete travelling" }).click();
  const dialog = page.getByRole("dialog", { name: "Delete this runtime?" });
  await dialog.getByLabel("Id of the runtime").fill("travellin");
  await dialog.getByRole("button", { name: "Delete runtime" }).click({ force: true });
  await dialog.locator(".field-error", { hasText: "Type the id exactly" }).waitFor();
  await dialog.getByRole("button", { name: "Keep it" }).click();
  await deleted(page, "travelling");
  assert.equal(await rows.filter({ hasText: "travelling" }).count(), 0);
  assert.equal(await page.locator("#count-workers").textContent(), "0");

  await importFile(page, file.path);
  await importResult(page, "Verified and imported: “travelling” with 1 Worker and 3 events.");
  rows = page.locator("#runtimes-list li");
  assert.match(await rows.filter({ hasText: "travelling" }).textContent(), /Held by nobody/);
  assert.deepEqual(readFileSync((await exported(page, "travelling")).path, "utf8").split("\n"), [
    ...lines,
    "",
  ]);
  await page.getByRole("button", { name: "Open travelling" }).click();
  await workerRows(page).getByText("See the world").click();
  await page.locator(".message", { hasText: "Go west" }).waitFor();
  await finish(page);
});

test("a file that was changed or cut short is refused, also when it is dropped", async () => {
  const page = await console_.open();
  await createRuntime(page, { id: "sealed" });
  await createTask(page, "Stay as it is");
  await openShelf(page);
  const { path } = await exported(page, "sealed");
  await deleted(page, "sealed");
  const text = readFileSync(path, "utf8");
  for (const [name, content] of [
    ["changed.jsonl", text.replace("Stay as it is", "Stay as it was")],
    ["cut.jsonl", text.split("\n").slice(0, -2).join("\n")],
    ["other.txt", "This is <b>something</b> else"],
  ]) {
    const data = await page.evaluateHandle(
      ([file, inside]) => {
        const transfer = new DataTransfer();
        transfer.items.add(new File([inside], file));
        return transfer;
      },
      [name, content],
    );
    await page.dispatchEvent("#runtimes-list", "dragover", { dataTransfer: data });
    assert.equal(await page.locator("#import").getAttribute("data-state"), "over");
    await page.dispatchEvent("#runtimes-list", "drop", { dataTransfer: data });
    await importResult(page, `${name} was refused, and nothing of it was kept`);
  }
  assert.equal(await page.locator("#runtimes-list li").filter({ hasText: "sealed" }).count(), 0);
  await page.keyboard.press("Escape");
  const data = await page.evaluateHandle((inside) => {
    const transfer = new DataTransfer();
    transfer.items.add(new File([inside], "whole.jsonl"));
    return transfer;
  }, text);
  await page.dispatchEvent("#workers", "drop", { dataTransfer: data });
  await importResult(page, "Verified and imported");
  await deleted(page, "sealed");
  writeFileSync(path, text);
  await importFile(page, path);
  await importResult(page, "Verified and imported");
  await finish(page);
});

test("the storage's health is said, and the browser is asked to persist", async () => {
  const page = await console_.open();
  await page.evaluate(() => {
    let granted = false;
    navigator.storage.persisted = async () => granted;
    navigator.storage.persist = async () => {
      const before = globalThis.asked;
      globalThis.asked = true;
      granted = before === true;
      return granted;
    };
  });
  await createRuntime(page, { id: "precious" });
  await openShelf(page);
  const keeping = page.locator("#health-persistence");
  await keeping.getByText("Best effort").waitFor();
  assert.match(await page.locator("#health-left").textContent(), /^[\d.]+ [KMGT]B$/);
  await page.screenshot({ path: screenshotPath("runtimes-light") });
  await page.getByRole("button", { name: "Ask to persist" }).click();
  await page.locator("#health-advice", { hasText: "declined" }).waitFor();
  await page.getByRole("button", { name: "Ask to persist" }).click();
  await keeping.getByText("Persisted").waitFor();
  assert.match(await page.locator("#durability").textContent(), /· persisted$/);
  await finish(page);
});

test("lost: the page says so, and goes on with what is left when that is accepted", async () => {
  const page = await console_.open();
  await createRuntime(page, { id: "fragile" });
  await createTask(page, "Vanish");
  await page.waitForTimeout(1_200);
  await page.evaluate(
    () =>
      new Promise((resolve, reject) => {
        const request = indexedDB.deleteDatabase("worker-runtime");
        request.onsuccess = resolve;
        request.onerror = reject;
      }),
  );
  await page.reload();
  await page.locator("#notice", { hasText: "fragile · Lost. The browser has thrown data" }).waitFor();
  await page.locator("#new-worker:enabled").waitFor();
  await page.getByRole("button", { name: "Accept the loss" }).click();
  await page.locator("#runtime-id", { hasText: /^fragile$/ }).waitFor();
  assert.equal(await page.locator("#count-workers").textContent(), "0");
  await finish(page);
});

test("corrupt: the record is named, and the runtime can be deleted", async () => {
  const page = await console_.open();
  await createRuntime(page, { id: "damaged" });
  await createTask(page, "Break");
  await createRuntime(page, { id: "whole" });
  await page.reload();
  await page.locator("#runtime-id", { hasText: /^whole$/ }).waitFor();
  const key = await page.evaluate(
    () =>
      new Promise((resolve, reject) => {
        const opening = indexedDB.open("worker-runtime");
        opening.onerror = reject;
        opening.onsuccess = () => {
          const transaction = opening.result.transaction("records", "readwrite");
          const records = transaction.objectStore("records");
          const keys = records.getAllKeys();
          let last;
          keys.onsuccess = () => {
            for (const each of keys.result.filter((found) => found[0] === "damaged")) {
              records.put(new Uint8Array([1, 2, 3]), each);
              last = each[1];
            }
          };
          transaction.oncomplete = () => {
            opening.result.close();
            resolve(last);
          };
        };
      }),
  );
  assert.ok(key);
  const rows = await openShelf(page);
  const row = rows.filter({ hasText: "damaged" });
  assert.match(
    await row.textContent(),
    /Corrupt\. The record “.+” is damaged, and nothing was overwritten: delete/,
  );
  await page.getByRole("button", { name: "Try again damaged" }).click();
  await page.locator("#notice", { hasText: "damaged · Corrupt." }).waitFor();
  assert.equal(await page.locator("#runtime-id").textContent(), "whole");
  await openShelf(page);
  await deleted(page, "damaged");
  assert.equal(await row.count(), 0);
  await finish(page);
});
