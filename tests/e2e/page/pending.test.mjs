/** A message while it waits for the storage, and when the storage refuses it. */

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import {
  createRuntime,
  createTask,
  finish,
  occupyStorage,
  say,
  screenshotPath,
  startConsole,
} from "./support.mjs";

let console_;
before(async () => {
  console_ = await startConsole();
});
after(() => console_.close());

const pending = (page, state) => page.locator(`.pending[data-state=${state}]`);

test("while it waits a message is there, marked, and others can be sent behind it", async () => {
  const page = await console_.open();
  await createRuntime(page, { id: "slow" });
  await createTask(page, "Wait");
  await occupyStorage(page);
  await say(page, "user", "the first");
  await say(page, "assistant", "the <b>second</b>");
  await pending(page, "waiting").nth(1).waitFor();
  assert.deepEqual(await page.locator(".pending .content > p:first-child").allTextContents(), [
    "the first",
    "the <b>second</b>",
  ]);
  assert.equal(await page.getByLabel("Content").inputValue(), "");
  assert.equal(await page.locator("#messages-list .message").count(), 0);
  await page.screenshot({ path: screenshotPath("waiting-light") });
  await page.evaluate(() => globalThis.letGo());
  await page.locator('#messages-list .message[data-sequence="2"]').waitFor();
  assert.equal(await page.locator(".pending").count(), 0);
  await finish(page);
});

test("what the storage refuses stays, says why, and can be tried again without being doubled", async () => {
  const page = await console_.open();
  const session = await page.context().newCDPSession(page);
  const limit = (quotaSize) =>
    session.send("Storage.overrideQuotaForOrigin", { origin: new URL(console_.url).origin, quotaSize });
  await limit(300_000);
  await createRuntime(page, { id: "full" });
  await createTask(page, "Find room");
  const noise = Array.from({ length: 900_000 }, () => Math.random().toString(36)[2]).join("");
  await say(page, "tool", noise);
  await pending(page, "refused").waitFor();
  assert.match(
    await page.locator(".pending .reason").textContent(),
    /^It was not kept\. There is no room left/,
  );
  await page.screenshot({ path: screenshotPath("refused-light") });
  await say(page, "tool", noise.slice(1));
  await pending(page, "refused").nth(1).waitFor();
  await page.locator(".pending").nth(1).getByRole("button", { name: "Discard" }).click();
  assert.equal(await page.locator(".pending").count(), 1);

  await limit(undefined);
  await page.locator(".pending").getByRole("button", { name: "Try again" }).click();
  await page.locator('#messages-list .message[data-sequence="1"]').waitFor();
  assert.equal(await page.locator(".pending").count(), 0);
  assert.equal(await page.locator("#count-events").textContent(), "3");
  await finish(page);
});
