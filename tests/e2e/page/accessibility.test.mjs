/** axe finds nothing to say about any state of the page, in light and in dark. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";
import {
  createRuntime,
  createTask,
  finish,
  loadRecordedRuns,
  makeBig,
  occupyStorage,
  openShelf,
  say,
  screenshotPath,
  sizes,
  startConsole,
} from "./support.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

let console_;
before(async () => {
  console_ = await startConsole();
});
after(() => console_.close());

async function assertAccessible(page, state) {
  // By way of the debugger: the page's own policy allows no script from elsewhere.
  if (!(await page.evaluate(() => "axe" in globalThis))) await page.evaluate(axe);
  const violations = await page.evaluate(async () => {
    // A colour half way from one to the other is nobody's contrast.
    await Promise.all(document.getAnimations().map((animation) => animation.finished.catch(() => {})));
    const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
    const result = await globalThis.axe.run(document, { runOnly: { type: "tag", values: tags } });
    return result.violations.map(
      ({ id, help, nodes }) => `${id}: ${help}: ${nodes.map((node) => node.html.slice(0, 160))}`,
    );
  });
  assert.deepEqual(violations, [], state);
}

for (const colorScheme of ["light", "dark"]) {
  test(`in ${colorScheme}, on a wide screen`, async () => {
    const page = await console_.open({ colorScheme });
    await assertAccessible(page, "nothing there yet");

    await loadRecordedRuns(page);
    await page.getByText("Details").click();
    await assertAccessible(page, "a conversation");

    await page.locator("#new-worker").click();
    const dialog = page.getByRole("dialog", { name: "New Worker" });
    await dialog.getByRole("radio", { name: "Role" }).check({ force: true });
    await dialog.locator("[name='profile.kind']").selectOption("named");
    for (const button of ["Add a capability", "Add a workspace", "Add a mount"]) {
      await dialog.getByRole("button", { name: button }).click();
    }
    await dialog.getByRole("button", { name: "Create Worker" }).click();
    await dialog.locator("[aria-invalid=true]").waitFor();
    await assertAccessible(page, "the form with a refusal");
    await page.keyboard.press("Escape");

    await say(page, "tool", " ");
    await page.locator("#composer [aria-invalid=true]").waitFor();
    await page.getByRole("button", { name: "Pause" }).click();
    await assertAccessible(page, "a refused message, a paused log");

    await page.locator("#cancel-worker").click();
    await assertAccessible(page, "the dialog that cancels");
    await page.locator("#end").getByLabel("Reason").fill("No longer needed");
    await page.getByRole("button", { name: "Cancel Worker" }).click();
    await page.locator("#conversation-ended").waitFor();
    await page.getByRole("button", { name: "Resume" }).click();
    await page.getByLabel("Text or id").fill("nothing has this in it");
    await assertAccessible(page, "an ended Worker, an empty list");
    await finish(page);
  });

  test(`in ${colorScheme}, on a phone`, async () => {
    const page = await console_.open({ colorScheme, viewport: sizes.phone, hasTouch: true, isMobile: true });
    await assertAccessible(page, "nothing there yet");
    await createTask(page, "Be small");
    await say(page, "user", "hello");
    await page.locator(".message").waitFor();
    for (const panel of ["workers", "conversation", "events", "runtime"]) {
      await page.locator(`.tabs [data-panel=${panel}]`).click();
      await assertAccessible(page, panel);
    }
    await page.locator("#new-worker").click();
    await assertAccessible(page, "the form");
    await finish(page);
  });
}

for (const [size, options] of [
  ["wide", { viewport: sizes.wide }],
  ["phone", { viewport: sizes.phone, hasTouch: true, isMobile: true }],
]) {
  for (const colorScheme of ["light", "dark"]) {
    test(`runtimes, a message on its way and the timeline in ${colorScheme}, ${size}`, async () => {
      const page = await console_.open({ colorScheme, ...options });
      const panel = async (name) => {
        if (size === "phone") await page.locator(`.tabs [data-panel=${name}]`).click();
      };
      await panel("runtime");
      await createRuntime(page, { id: "seen", name: "Seen by all" });
      await assertAccessible(page, "the runtime's bar");
      await openShelf(page);
      await page.locator("#import-file").setInputFiles({
        name: "broken.jsonl",
        mimeType: "application/jsonl",
        buffer: Buffer.from("{}"),
      });
      await page.locator("#import-result", { hasText: "was refused" }).waitFor();
      await assertAccessible(page, "the runtimes, and a refused import");
      await page.screenshot({ path: screenshotPath(`${size}-runtimes-${colorScheme}`) });
      await page.getByRole("button", { name: "New runtime" }).click();
      await page.locator("#found").getByLabel("Id").fill("seen");
      await page.getByRole("button", { name: "Create runtime" }).click();
      await page.locator("#found .field-error").waitFor();
      await assertAccessible(page, "a runtime whose id is taken");
      await page.keyboard.press("Escape");
      await page.getByRole("button", { name: "Delete Seen by all" }).click();
      await assertAccessible(page, "the deletion to be confirmed");
      await page.screenshot({ path: screenshotPath(`${size}-delete-${colorScheme}`) });
      await page.keyboard.press("Escape");
      await page.keyboard.press("Escape");

      await makeBig(page);
      await panel("conversation");
      await assertAccessible(page, "a big runtime");
      await occupyStorage(page);
      await say(page, "user", "Wait for me");
      await page.locator(".pending").waitFor();
      await assertAccessible(page, "a message on its way");
      await page.screenshot({ path: screenshotPath(`${size}-waiting-${colorScheme}`) });
      await page.evaluate(() => globalThis.letGo());
      await page.locator(".pending").waitFor({ state: "detached" });

      await panel("events");
      await page.getByText("As a table").click();
      await page.locator("#log-filter").getByLabel("Kind").selectOption("worker_created");
      await page.locator("#log-place", { hasText: "of 1,000 events" }).waitFor();
      await assertAccessible(page, "the timeline as a table, a filtered log");
      await page.screenshot({ path: screenshotPath(`${size}-timeline-${colorScheme}`) });
      await finish(page);
    });
  }
}

test("live regions say what has happened, and not more", async () => {
  const page = await console_.open();
  const announcer = page.locator("#announcer");
  await page.evaluate(() => {
    globalThis.said = [];
    const region = document.getElementById("announcer");
    new MutationObserver(() => globalThis.said.push(region.textContent)).observe(region, { childList: true });
  });
  await createTask(page, "Be spoken of");
  await announcer.getByText("worker-00000001 created").waitFor({ state: "attached" });
  await say(page, "user", "hello");
  await announcer.getByText("1 new message").waitFor({ state: "attached" });
  await loadRecordedRuns(page);
  await announcer.getByText("8 recorded runs with 167 messages loaded").waitFor({ state: "attached" });
  const said = await page.evaluate(() => globalThis.said);
  assert.ok(said.length <= 4, `176 events, ${said.length} announcements`);
  assert.equal(await page.getByRole("log").getAttribute("aria-live"), "off");
  await finish(page);
});

test("who wants less motion gets none", async () => {
  const page = await console_.open({ reducedMotion: "reduce" });
  const moving = await page.evaluate(
    () =>
      [...document.querySelectorAll("*")].filter((element) => {
        const style = getComputedStyle(element);
        const durations = `${style.transitionDuration},${style.animationDuration}`.split(",");
        return durations.some((duration) => Number.parseFloat(duration) > 0);
      }).length,
  );
  assert.equal(moving, 0);
  await finish(page);
});
