/** Long lists: read in pages from both ends, with few elements at a time. */

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { finish, say, sequencesShown, startConsole, workerRows } from "./support.mjs";

const MESSAGES = 5_000;
const WORKERS = 3_000;

let console_;
let page;

before(async () => {
  console_ = await startConsole();
  page = await console_.open();
  const talk = Array.from({ length: MESSAGES }, (_, index) => ({
    role: ["user", "assistant"][index % 2],
    content: `Message ${index + 1}${"\nand another line".repeat(index % 7)}`,
  }));
  const runs = [{ id: "long", messages: talk }];
  for (let number = 2; number <= WORKERS; number += 1) runs.push({ id: `run ${number}`, messages: [] });
  const body = runs.map((run) => JSON.stringify(run)).join("\n");
  await page.route("**/agent-transcripts.jsonl", (route) => route.fulfill({ status: 200, body }));
  await page.locator("#load-samples").click();
  await page.locator("#load-samples:not([aria-disabled])").waitFor({ timeout: 120_000 });
});

after(async () => {
  await finish(page);
  await console_.close();
});

const consecutive = (numbers) =>
  numbers.every((number, index) => index === 0 || number === numbers[index - 1] + 1);

/** Scrolls `selector` by `pixels` in the way that a wheel does, and lets the page catch up. */
const scrollBy = (selector, pixels) =>
  page.locator(selector).evaluate(async (scroller, by) => {
    scroller.scrollTop += by;
    for (let frames = 0; frames < 4; frames += 1) await new Promise(requestAnimationFrame);
    for (let waits = 0; scroller.ariaBusy === "true" && waits < 200; waits += 1) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }, pixels);

test("a transcript of thousands opens at its end with one page of it", async () => {
  await workerRows(page).nth(1).click();
  await workerRows(page).first().click();
  await page.locator(`.message[data-sequence="${MESSAGES}"]`).waitFor();
  const shown = await sequencesShown(page);
  assert.ok(shown.length <= 300, `${shown.length} elements`);
  assert.ok(consecutive(shown));
  assert.equal(shown.at(-1), MESSAGES);
  const visible = await page
    .locator(`.message[data-sequence="${MESSAGES}"]`)
    .evaluate(
      (last) =>
        last.getBoundingClientRect().bottom <=
        document.getElementById("messages").getBoundingClientRect().bottom + 1,
    );
  assert.ok(visible, "the last message is in sight");
  assert.match(await page.locator("#messages-place").textContent(), /–5,000 of 5,000 messages$/);
});

test("scrolling up reads what came before, keeps what is read in its place, and drops what is far away", async () => {
  await page.locator("#messages-end").click();
  await page.locator(`.message[data-sequence="${MESSAGES}"]`).waitFor();
  const lowest = [];
  for (let step = 0; step < 80; step += 1) {
    const before_ = await page.locator("#messages").evaluate((feed) => {
      const top = feed.getBoundingClientRect().top;
      const first = [...feed.querySelectorAll(".message")].find(
        (message) => message.getBoundingClientRect().bottom > top,
      );
      return { sequence: first.dataset.sequence, at: first.getBoundingClientRect().top };
    });
    await scrollBy("#messages", -700);
    const shown = await sequencesShown(page);
    assert.ok(shown.length <= 300 && consecutive(shown), "one run of messages, never more than 300");
    lowest.push(shown[0]);
    const now = await page
      .locator(`.message[data-sequence="${before_.sequence}"]`)
      .evaluate((message) => message.getBoundingClientRect().top);
    assert.ok(
      Math.abs(now - before_.at - 700) <= 2,
      `what was read moved by ${now - before_.at} px instead of 700`,
    );
  }
  assert.ok(lowest.at(-1) < MESSAGES - 250, `got up to ${lowest.at(-1)}`);
  assert.ok(!(await sequencesShown(page)).includes(MESSAGES), "the end was dropped");
});

test("from the first message down, nothing is left out", async () => {
  await page.locator("#messages-start").click();
  await page.locator('.message[data-sequence="1"]').waitFor();
  const seen = new Set();
  for (let step = 0; step < 80; step += 1) {
    for (const sequence of await sequencesShown(page)) seen.add(sequence);
    await scrollBy("#messages", 700);
  }
  const numbers = [...seen].sort((a, b) => a - b);
  assert.ok(numbers.length > 400, `${numbers.length} messages seen`);
  assert.ok(consecutive(numbers));
  assert.equal(numbers[0], 1);
  await page.locator("#messages-end").click();
  await page.locator(`.message[data-sequence="${MESSAGES}"]`).waitFor();
});

test("what is added is followed at the end, and only counted for who reads further up", async () => {
  const total = MESSAGES + WORKERS + 1;
  await page.locator("#log-end").click();
  await page.locator(`.event[data-id="${total}"]`).waitFor();
  await scrollBy("#log", -3_000);
  const place = () => page.locator("#log").evaluate((log) => log.scrollTop);
  const before_ = await place();
  await say(page, "user", "one more");
  await page.locator(`.message[data-sequence="${MESSAGES + 1}"]`).waitFor();
  await page.locator("#log-end", { hasText: "1 new" }).waitFor();
  assert.equal(await place(), before_);
  await page.locator("#log-end").click();
  await page.locator(`.event[data-id="${total + 1}"]`).waitFor();
  assert.equal(await page.locator("#log-end").textContent(), "Latest");
});

test("thousands of Workers are a few rows, and every one can be reached", async () => {
  const list = page.getByRole("listbox", { name: "Workers" });
  assert.equal(await page.locator("#count-workers").textContent(), "3,000");
  assert.ok((await workerRows(page).count()) < 60);
  await list.focus();
  await page.keyboard.press("End");
  assert.equal(await page.locator("#conversation-over .id").textContent(), "worker-00000bb8");
  const last = workerRows(page, { selected: true });
  assert.equal(await last.getAttribute("aria-posinset"), "3000");
  assert.equal(await last.getAttribute("aria-setsize"), "3000");
  await page.keyboard.press("Home");
  assert.equal(await page.locator("#conversation-over .id").textContent(), "worker-00000001");
  await page.getByLabel("Text or id").fill("run 2999");
  assert.equal(await page.locator("#workers-shown").textContent(), "1 of 3,000");
  await page.getByLabel("Text or id").fill("");
});

test("the event log goes back to the first event", async () => {
  const total = MESSAGES + 1 + WORKERS + 1;
  await page.locator("#log-end").click();
  await page.locator(`.event[data-id="${total}"]`).waitFor();
  await page.locator("#log-start").click();
  await page.locator('.event[data-id="1"]').waitFor();
  assert.ok((await page.locator(".event").count()) <= 300);
  await scrollBy("#log", 9_000);
  const ids = await page
    .locator(".event")
    .evaluateAll((shown) => shown.map((event) => Number(event.dataset.id)));
  assert.ok(consecutive(ids));
  await page.locator("#log-end").click();
  await page.locator(`.event[data-id="${total}"]`).waitFor();
});

test("frames stay short while the transcript is scrolled", async () => {
  await workerRows(page).first().click();
  await page.locator("#messages-end").click();
  const frames = await page.locator("#messages").evaluate(async (feed) => {
    const took = [];
    let last = performance.now();
    for (let frame = 0; frame < 120; frame += 1) {
      feed.scrollTop -= 120;
      await new Promise(requestAnimationFrame);
      const now = performance.now();
      took.push(now - last);
      last = now;
    }
    return took.sort((a, b) => a - b);
  });
  assert.ok(frames[60] < 50, `half of the frames take less than 50 ms, not ${frames[60]}`);
  assert.ok(frames[114] < 250, `19 of 20 frames take less than 250 ms, not ${frames[114]}`);
});
