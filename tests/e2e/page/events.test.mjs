/** The event log through its filter, and its timeline. */

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import {
  createTask,
  finish,
  loadRecordedRuns,
  makeBig,
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

const shown = (page) =>
  page
    .locator(".event")
    .evaluateAll((events) =>
      events.map((event) => [
        Number(event.dataset.id),
        event.dataset.kind,
        event.querySelector(".link")?.textContent,
      ]),
    );
const place = (page, text) => page.locator("#log-place", { hasText: text }).waitFor();
const filter = (page, label, option) =>
  page.locator("#log-filter").getByLabel(label).selectOption({ label: option });

test("filtered by kind, by the chosen Worker and by both; what happens meanwhile is added", async () => {
  const page = await console_.open();
  await loadRecordedRuns(page);
  await filter(page, "Kind", "Worker created");
  await place(page, "1–8 of 8 events");
  assert.deepEqual(new Set((await shown(page)).map(([, kind]) => kind)), new Set(["worker_created"]));

  await filter(page, "Worker", "Chosen Worker");
  await place(page, "1–1 of 1 event");
  await filter(page, "Kind", "Any kind");
  await place(page, "1–13 of 13 events");
  await say(page, "user", "one more");
  await page.locator('.event[data-id="177"]').waitFor();
  await place(page, "1–14 of 14 events");

  await workerRows(page).nth(2).click();
  await page.locator(".event").getByText("worker-00000003").first().waitFor();
  assert.deepEqual(new Set((await shown(page)).map(([, , worker]) => worker)), new Set(["worker-00000003"]));
  await say(page, "user", "to the third");
  await page.locator('.event[data-id="178"]').waitFor();

  await filter(page, "Kind", "Worker cancelled");
  await place(page, "No event passes the filter");
  await page.locator("#cancel-worker").click();
  await page.getByRole("button", { name: "Cancel Worker" }).click();
  await page.locator('.event[data-id="179"][data-kind=worker_cancelled]').waitFor();

  await filter(page, "Kind", "Any kind");
  await filter(page, "Worker", "Any Worker");
  await place(page, "of 179 events");
  await finish(page);
});

test("a hundred thousand events are looked through, and those that pass are read from both ends", async () => {
  const page = await console_.open();
  await makeBig(page);
  await createTask(page, "The last one");
  const since = Date.now();
  await filter(page, "Kind", "Worker created");
  await place(page, "of 1,001 events");
  console.log(`101,002 events looked through in ${Date.now() - since} ms`);
  await page.locator('.event[data-id="101002"]').waitFor();
  await page.locator("#log-start").click();
  await page.locator('.event[data-id="2"]').waitFor();
  assert.ok((await page.locator(".event").count()) <= 300);
  await page.locator("#timeline-created", { hasText: /^1$/ }).waitFor();
  assert.match(
    await page.locator("#timeline-plot").getAttribute("aria-label"),
    /Inputs 9,999, Outputs 10,000/,
  );
  await page.screenshot({ path: screenshotPath("events-big-light") });
  await finish(page);
});

test("the timeline says in words and in a table what it draws", async () => {
  const page = await console_.open();
  await loadRecordedRuns(page);
  await page.locator("#timeline-created", { hasText: /^8$/ }).waitFor();
  const plot = page.getByRole("img", {
    name: /^Events by time, .* Created 8, Inputs \d+, Outputs \d+, Ended 0, Runtime 1\.$/,
  });
  assert.ok((await plot.locator("rect").count()) >= 4);
  await page.getByText("As a table").click();
  const sums = await page
    .locator("#timeline-rows tr")
    .evaluateAll((rows) =>
      rows
        .map((row) => [...row.querySelectorAll("td")].map((cell) => Number(cell.textContent)))
        .reduce((all, row) => all.map((sum, column) => sum + row[column])),
    );
  assert.equal(sums[0], 8);
  assert.equal(sums[1] + sums[2], 167);
  assert.equal(sums[4], 1);
  await page.screenshot({ path: screenshotPath("timeline-light") });
  await finish(page);
});
