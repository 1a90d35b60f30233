/** The page at its sizes: nothing overflows, nothing jumps; and the screenshots that people look at. */

import assert from "node:assert/strict";
import { copyFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { root } from "../../../scripts/shared/paths.mjs";
import {
  createRuntime,
  finish,
  loadRecordedRuns,
  openShelf,
  say,
  screenshotPath,
  sizes,
  startConsole,
  workerRows,
} from "./support.mjs";

const README_IMAGE = join(root, "docs", "images", "page.png");
const README_IMAGE_BYTES = 200_000;

let console_;
before(async () => {
  console_ = await startConsole();
});
after(() => console_.close());

const overflow = (page) =>
  page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

/** How far a page has jumped by itself, as browsers measure it. */
const watchShifts = (page) =>
  page.context().addInitScript(() => {
    globalThis.shifted = 0;
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) if (!entry.hadRecentInput) globalThis.shifted += entry.value;
    }).observe({ type: "layout-shift", buffered: true });
  });

for (const colorScheme of ["light", "dark"]) {
  test(`a wide screen in ${colorScheme}`, async () => {
    const page = await console_.open({ colorScheme });
    await page.screenshot({ path: screenshotPath(`empty-${colorScheme}`) });
    await loadRecordedRuns(page);
    await workerRows(page).nth(2).click();
    await page.mouse.move(700, 500);
    await page.screenshot({ path: screenshotPath(`conversation-${colorScheme}`) });
    for (const panel of ["workers", "conversation", "events", "runtime"]) {
      assert.equal(await page.locator(`#${panel}`).isVisible(), true);
    }
    assert.equal(await page.locator(".tabs").isVisible(), false);
    assert.equal(await overflow(page), 0);
    await page.locator("#new-worker").click();
    await page.getByRole("button", { name: "Add a capability" }).click();
    await page.getByRole("button", { name: "Create Worker" }).click();
    await page.locator("#create [aria-invalid=true]").waitFor();
    await page.screenshot({ path: screenshotPath(`create-${colorScheme}`) });
    await finish(page);
  });

  test(`a phone of 360 px in ${colorScheme}`, async () => {
    const page = await console_.open({ colorScheme, viewport: sizes.phone, hasTouch: true, isMobile: true });
    await page.locator("#workers-empty button").click();
    await page.locator("#load-samples:not([aria-disabled])").waitFor({ state: "attached" });
    await say(page, "assistant", "A name without an end: ".concat("x".repeat(200)));
    await page.locator(".message", { hasText: "without an end" }).waitFor();
    for (const panel of ["workers", "conversation", "events", "runtime"]) {
      await page.locator(`.tabs [data-panel=${panel}]`).click();
      assert.equal(await page.locator("main > .panel:visible").count(), 1);
      assert.equal(await overflow(page), 0, panel);
      await page.screenshot({ path: screenshotPath(`phone-${panel}-${colorScheme}`) });
    }
    await page.locator("#new-worker").click();
    for (const button of ["Add a capability", "Add a workspace", "Add a mount"]) {
      await page.getByRole("button", { name: button }).click();
    }
    assert.equal(await overflow(page), 0, "the form");
    const form = await page.locator("#create").boundingBox();
    assert.ok(form.x >= 0 && form.x + form.width <= sizes.phone.width);
    assert.ok(form.y >= 0 && form.y + form.height <= sizes.phone.height);
    await page.screenshot({ path: screenshotPath(`phone-create-${colorScheme}`) });
    await finish(page);
  });
}

test("two columns in between, and no width from 320 to 1,920 px overflows", async () => {
  const page = await console_.open({ viewport: sizes.middle });
  await loadRecordedRuns(page);
  await page.screenshot({ path: screenshotPath("middle-light") });
  for (let width = 320; width <= 1920; width += 80) {
    await page.setViewportSize({ width, height: 800 });
    assert.equal(await overflow(page), 0, `${width} px`);
  }
  await page.setViewportSize({ width: 640, height: 360 });
  assert.equal(await overflow(page), 0, "enlarged to twice its size on a small laptop");
  await finish(page);
});

test("the runtimes' dialog fits into 320 px, with an id that has no end", async () => {
  const page = await console_.open({ viewport: { width: 320, height: 640 } });
  await page.locator(".tabs [data-panel=runtime]").click();
  await createRuntime(page, { id: `endless-${"x".repeat(200)}`, name: "A name without an end".repeat(10) });
  await openShelf(page);
  await page.screenshot({ path: screenshotPath("narrow-runtimes-light") });
  assert.equal(await overflow(page), 0);
  const wider = await page
    .locator("#runtimes *")
    .evaluateAll((all) =>
      all.filter((each) => each.getBoundingClientRect().right > 320).map((each) => each.outerHTML),
    );
  assert.deepEqual(wider, []);
  await page.locator("#runtimes [data-does=close]").click();
  assert.equal(await overflow(page), 0);
  await finish(page);
});

test("nothing jumps while the page opens and while events come in", async () => {
  const page = await console_.open();
  await watchShifts(page);
  await page.reload();
  await page.locator("#new-worker:enabled").waitFor();
  await page.waitForTimeout(300);
  const opened = await page.evaluate(() => globalThis.shifted);
  assert.ok(opened < 0.01, `shifted by ${opened} while it opened`);
  await loadRecordedRuns(page);
  await page.waitForTimeout(800);
  await page.evaluate(() => {
    globalThis.shifted = 0;
  });
  await page.getByLabel("Content").fill("Does anything jump?");
  await page.waitForTimeout(800);
  await page.keyboard.press("Control+Enter");
  await page.locator(".message", { hasText: "Does anything jump?" }).waitFor();
  await page.waitForTimeout(300);
  const added = await page.evaluate(() => globalThis.shifted);
  assert.ok(added < 0.1, `shifted by ${added} while a message came in`);
  await finish(page);
});

test("the README shows the page as it is", async () => {
  const page = await console_.open({ viewport: { width: 1200, height: 720 } });
  await loadRecordedRuns(page);
  for (const [row, button, reason] of [
    [4, "stop", "Submitted"],
    [6, "cancel", "Took too many steps"],
  ]) {
    await workerRows(page).nth(row).click();
    await page.locator(`#${button}-worker`).click();
    await page.locator("#end").getByLabel("Reason").fill(reason);
    await page.locator("#end [type=submit]").click();
    await page.locator(".event q", { hasText: reason }).waitFor();
  }
  await workerRows(page).first().click();
  await page.locator("#timeline-ended", { hasText: /^2$/ }).waitFor();
  await page.mouse.move(600, 740);
  const path = screenshotPath("page");
  await page.screenshot({ path });
  if (process.env.UPDATE_README_IMAGE) copyFileSync(path, README_IMAGE);
  const size = (file) => {
    const image = readFileSync(file);
    assert.equal(image.toString("latin1", 1, 4), "PNG");
    return { width: image.readUInt32BE(16), height: image.readUInt32BE(20), bytes: image.length };
  };
  const shown = size(README_IMAGE);
  const taken = size(path);
  assert.ok(shown.bytes < README_IMAGE_BYTES, `${shown.bytes} bytes`);
  assert.deepEqual([shown.width, shown.height], [taken.width, taken.height]);
  await finish(page);
});
