/** A thousand Workers and a hundred thousand entries: made by a button, opened at the end, scrolled without a stutter. */

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import {
  createRuntime,
  finish,
  makeBig,
  openShelf,
  screenshotPath,
  sequencesShown,
  startConsole,
  workerRows,
} from "./support.mjs";

const LONGEST = 50_050;

let console_;
before(async () => {
  console_ = await startConsole();
});
after(() => console_.close());

test("made in this browser, with progress and a rate; there again after a reload; scrolled", async () => {
  const page = await console_.open();
  await createRuntime(page, { id: "big" });
  const said = await makeBig(page);
  assert.match(
    said,
    /^Done after [\d.]+ s: 1,000 Workers and 100,000 entries were acknowledged, [\d,]+ per second$/,
  );
  console.log(said);
  await page.screenshot({ path: screenshotPath("big-light") });
  assert.equal(await page.locator("#count-workers").textContent(), "1,000");
  assert.equal(await page.locator("#count-events").textContent(), "101,001");
  await page.getByRole("button", { name: "Dismiss" }).click();
  assert.equal(await page.locator("#growing").isVisible(), false);

  await page.reload();
  await page.locator("#runtime-id", { hasText: /^big$/ }).waitFor();
  const took = await page.evaluate(async (last) => {
    const since = performance.now();
    document.querySelector("#workers-list [role=option]").click();
    while (!document.querySelector(`.message[data-sequence="${last}"]`))
      await new Promise(requestAnimationFrame);
    return performance.now() - since;
  }, LONGEST);
  console.log(`the end of ${LONGEST} entries was there after ${Math.round(took)} ms`);
  assert.ok(took < 2_000, `${took} ms`);
  assert.ok((await sequencesShown(page)).length <= 300);

  const frames = await page.locator("#messages").evaluate(async (feed) => {
    const times = [];
    let last = performance.now();
    for (let frame = 0; frame < 200; frame += 1) {
      feed.scrollTop -= 200;
      await new Promise(requestAnimationFrame);
      const now = performance.now();
      times.push(now - last);
      last = now;
    }
    return times.sort((a, b) => a - b);
  });
  console.log(
    `frames while scrolling: half below ${Math.round(frames[100])} ms, 95 % below ${Math.round(frames[190])} ms`,
  );
  assert.ok(frames[100] < 50, `half of the frames take less than 50 ms, not ${frames[100]}`);
  assert.ok((await sequencesShown(page)).length <= 300);
  await page.locator("#log-start").click();
  await page.locator('.event[data-id="1"]').waitFor();
  await page.locator("#log").evaluate((log) => {
    log.scrollTop = log.scrollHeight;
  });
  // Workers come first, then the entries of the first one: far away from what is shown of the transcript now.
  const event = page.locator(
    '.event[data-kind="worker_input_accepted"], .event[data-kind="worker_output_recorded"]',
  );
  for (let pages = 0; pages < 30 && (await event.count()) === 0; pages += 1) {
    await page.locator("#log").evaluate(async (log) => {
      log.scrollTop = log.scrollHeight;
      await new Promise((resolve) => setTimeout(resolve, 30));
    });
  }
  const sequence = Number(await event.first().getAttribute("data-id")) - 1_001;
  await event.first().getByRole("button").click();
  await page.locator(`.message[data-sequence="${sequence}"]:focus`).waitFor();

  const heap = await page.evaluate(() => performance.memory.usedJSHeapSize);
  console.log(`JavaScript's heap: ${Math.round(heap / 1e6)} MB`);
  assert.ok(heap < 200e6, `${heap} bytes`);
  await finish(page);
});

test("a transcript of 100,000 entries opens at its end, and scrolls", async () => {
  const page = await console_.open();
  await createRuntime(page, { id: "long" });
  // The page holds what it shows; another runtime beside it is filled by hand.
  await page.evaluate(async () => {
    const { Runtime, indexedDbStorage } = await import("./package.mjs");
    const runtime = await Runtime.open({ runtimeId: "hundred", storage: indexedDbStorage() });
    const { workerRef } = await runtime.createWorker();
    for (let round = 0; round < 100; round += 1) {
      const inputs = Array.from({ length: 1_000 }, (_, place) =>
        runtime.sendInput(workerRef, { kind: "user", content: `Message ${round * 1_000 + place + 1}` }),
      );
      await Promise.all(inputs);
    }
    await runtime.close();
  });
  await page.reload();
  const rows = await openShelf(page);
  await rows.filter({ hasText: "hundred" }).getByRole("button", { name: "Open" }).click();
  await page.locator("#runtime-id", { hasText: /^hundred$/ }).waitFor();
  const took = await page.evaluate(async () => {
    const since = performance.now();
    document.querySelector("#workers-list [role=option]").click();
    while (!document.querySelector('.message[data-sequence="100000"]'))
      await new Promise(requestAnimationFrame);
    return performance.now() - since;
  });
  console.log(`the end of 100,000 entries was there after ${Math.round(took)} ms`);
  assert.ok((await sequencesShown(page)).length <= 300);
  for (let turn = 0; turn < 20; turn += 1) {
    await page.locator("#messages").evaluate(async (feed) => {
      feed.scrollTop = 0;
      await new Promise((resolve) => setTimeout(resolve, 30));
    });
  }
  const shown = await sequencesShown(page);
  assert.ok(shown.length > 0 && shown.length <= 300 && shown[0] < 99_500, `${shown[0]} …`);
  await finish(page);
});

test("cancelled, what was acknowledged stays and the button can be pressed again", async () => {
  const page = await console_.open();
  await page.locator("#make-big").click();
  await page.locator("#growing-text", { hasText: "of 100,000 entries" }).waitFor();
  assert.equal(await page.locator("#make-big").getAttribute("aria-disabled"), "true");
  await page.locator("#growing").getByRole("button", { name: "Cancel" }).click();
  const said = page.locator("#growing-text", { hasText: /^Cancelled/ });
  await said.waitFor();
  const entries = Number(/and ([\d,]+) entries/.exec(await said.textContent())[1].replaceAll(",", ""));
  assert.ok(entries > 0 && entries < 100_000);
  assert.equal(await page.locator("#make-big").getAttribute("aria-disabled"), null);
  const events = Number((await page.locator("#count-events").textContent()).replaceAll(",", ""));
  assert.equal(events, 1_001 + entries);
  await openShelf(page);
  await page.keyboard.press("Escape");
  assert.ok((await workerRows(page).count()) < 60);
  await finish(page);
});
