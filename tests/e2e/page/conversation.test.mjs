/** Talking to a Worker, recording what it answers, ending it, and following it all in the event log. */

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { createTask, finish, loadRecordedRuns, say, startConsole, workerRows } from "./support.mjs";

let console_;
before(async () => {
  console_ = await startConsole();
});
after(() => console_.close());

const messages = (page) =>
  page
    .locator(".message")
    .evaluateAll((shown) =>
      shown.map((message) => [message.dataset.role, message.querySelector(".content").textContent]),
    );

const events = (page) =>
  page
    .locator(".event")
    .evaluateAll((shown) => shown.map((event) => [Number(event.dataset.id), event.dataset.kind]));

const kindsLogged = async (page) => (await events(page)).map(([, kind]) => kind);

test("inputs and outputs of all four roles stand in the transcript in their order", async () => {
  const page = await console_.open();
  await createTask(page, "Answer a question");
  const said = [
    ["system", "You are careful."],
    ["user", "Why is the sky blue?"],
    ["tool", "$ look up\nRayleigh"],
    ["assistant", "It scatters."],
  ];
  for (const [index, [role, content]] of said.entries()) {
    await say(page, role, content);
    await page.locator(`.message[data-sequence="${index + 1}"]`).waitFor();
    assert.equal(await page.getByLabel("Content").inputValue(), "");
  }
  assert.deepEqual(await messages(page), said);
  assert.equal(await page.locator("#messages-place").textContent(), "1–4 of 4 messages");
  assert.match(await workerRows(page).textContent(), /4 messages/);
  assert.deepEqual(await kindsLogged(page), [
    "runtime_started",
    "worker_created",
    "worker_input_accepted",
    "worker_input_accepted",
    "worker_output_recorded",
    "worker_output_recorded",
  ]);
  assert.equal(await page.locator("#count-events").textContent(), "6");
  await finish(page);
});

test("the button says what the role makes of the content", async () => {
  const page = await console_.open();
  await createTask(page, "Name the button");
  const send = page.locator("#composer-send");
  for (const [role, name] of [
    ["user", "Send input"],
    ["assistant", "Record output"],
    ["system", "Send input"],
    ["tool", "Record output"],
  ]) {
    await page.locator("#composer").getByRole("radio", { name: role }).check({ force: true });
    assert.equal(await send.textContent(), name);
  }
  await finish(page);
});

test("a blank content is refused at the composer, and what was typed stays", async () => {
  const page = await console_.open();
  await createTask(page, "Say something");
  await say(page, "user", " \n ");
  await page.locator("#composer .field-error", { hasText: "Must not be blank." }).waitFor();
  assert.equal(await page.getByLabel("Content").getAttribute("aria-invalid"), "true");
  assert.equal(await page.getByLabel("Content").inputValue(), " \n ");
  await say(page, "user", "something");
  await page.locator(".message").waitFor();
  assert.equal(await page.locator("#composer .field-error").count(), 0);
  assert.deepEqual(await messages(page), [["user", "something"]]);
  await finish(page);
});

for (const [button, confirm, kind, status] of [
  ["Stop", "Stop Worker", "worker_stopped", "stopped"],
  ["Cancel", "Cancel Worker", "worker_cancelled", "cancelled"],
]) {
  test(`${button} ends a Worker with a reason, after which it only can be read`, async () => {
    const page = await console_.open();
    await createTask(page, "Come to an end");
    await say(page, "user", "hello");
    await page.locator("#conversation-actions").getByRole("button", { name: button }).click();
    const dialog = page.getByRole("dialog", { name: `${button} this Worker?` });
    await dialog.getByRole("button", { name: "Keep it running" }).click();
    assert.equal(await page.locator("#count-running").textContent(), "1");
    await page.locator("#conversation-actions").getByRole("button", { name: button }).click();
    await dialog.getByLabel("Reason").fill("It is <b>late</b>.");
    await dialog.getByRole("button", { name: confirm }).click();
    await dialog.waitFor({ state: "hidden" });

    await page.locator(`.event[data-kind=${kind}] q`, { hasText: "It is <b>late</b>." }).waitFor();
    assert.equal(await page.locator("#count-running").textContent(), "0");
    assert.equal(await page.locator(`#count-${status}`).textContent(), "1");
    assert.equal(await page.locator("#composer").isVisible(), false);
    assert.equal(await page.locator("#conversation-actions").isVisible(), false);
    assert.match(await page.locator("#conversation-ended").textContent(), new RegExp(`is ${status}:`));
    assert.deepEqual(await messages(page), [["user", "hello"]]);
    await page.getByLabel("Status").selectOption(status);
    assert.equal(await workerRows(page).count(), 1);
    await finish(page);
  });
}

test("the log pauses and goes on without losing an event", async () => {
  const page = await console_.open();
  await createTask(page, "Be watched");
  await page.getByRole("button", { name: "Pause" }).click();
  for (const content of ["one", "two", "three"]) {
    await say(page, "user", content);
    await page.locator(".message", { hasText: content }).waitFor();
  }
  await page.locator("#events-state", { hasText: "Paused, 3 waiting" }).waitFor();
  assert.deepEqual(await kindsLogged(page), ["runtime_started", "worker_created"]);
  assert.equal(await page.locator("#count-events").textContent(), "5");
  await page.getByRole("button", { name: "Resume" }).click();
  await page.locator('.event[data-id="5"]').waitFor();
  assert.deepEqual(
    (await events(page)).map(([id]) => id),
    [1, 2, 3, 4, 5],
  );
  assert.equal(await page.locator("#events-state").textContent(), "Live");
  await finish(page);
});

test("an event leads to its Worker", async () => {
  const page = await console_.open();
  await createTask(page, "The first");
  await createTask(page, "The second");
  await page.locator(".event").getByRole("button", { name: "worker-00000001" }).click();
  assert.equal(await page.locator("#conversation-heading").textContent(), "The first");
  assert.match(await workerRows(page, { selected: true }).textContent(), /The first/);
  await finish(page);
});

test("an event leads to the entry that it recorded", async () => {
  const page = await console_.open();
  await createTask(page, "The first");
  await say(page, "user", "one");
  await say(page, "assistant", "two");
  await say(page, "user", "three");
  await page.locator('.message[data-sequence="3"]').waitFor();
  await createTask(page, "The second");
  await page.locator('.event[data-id="4"]').getByRole("button").click();
  await page.locator('.message[data-sequence="2"]:focus', { hasText: "two" }).waitFor();
  assert.equal(await page.locator("#conversation-heading").textContent(), "The first");
  await finish(page);
});

test("the recorded agent runs are loaded: a Worker for each, every message in its role", async () => {
  const page = await console_.open();
  await loadRecordedRuns(page);
  assert.equal(await page.locator("#count-events").textContent(), "176");
  assert.equal(await workerRows(page).count(), 8);
  assert.equal(
    await page.locator("#conversation-heading").textContent(),
    "TimeDelta serialization precision",
  );
  const shown = await messages(page);
  assert.equal(shown.length, 12);
  assert.equal(shown[0][0], "system");
  assert.match(shown[0][1], /^SETTING: You are an autonomous programmer/);
  assert.deepEqual(new Set(shown.map(([role]) => role)), new Set(["system", "user", "assistant"]));
  assert.ok(
    (await page.locator(".message[data-role=assistant] pre").count()) > 0,
    "fenced code is set as code",
  );
  await finish(page);
});

test("runs that cannot be fetched are said, and can be asked for again", async () => {
  const page = await console_.open();
  await page.route("**/agent-transcripts.jsonl", (route) => route.fulfill({ status: 404, body: "" }));
  await page.locator("#load-samples").click();
  await page.locator("#notice", { hasText: "could not be loaded" }).waitFor();
  // The browser itself says that a fetch has failed.
  assert.equal(page.complaints.splice(0).length, 1);
  await page.unroute("**/agent-transcripts.jsonl");
  await loadRecordedRuns(page);
  assert.equal(await page.locator("#notice").isVisible(), false);
  await finish(page);
});

test("a message is copied as it is, not as it is shown", async () => {
  const page = await console_.open({ permissions: ["clipboard-read", "clipboard-write"] });
  await createTask(page, "Be copied");
  await say(page, "tool", "\u001b[31mred\u001b[0m");
  await page.getByRole("button", { name: "Copy" }).click();
  await page.locator("#announcer", { hasText: "Message 1 copied" }).waitFor({ state: "attached" });
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), "\u001b[31mred\u001b[0m");
  await finish(page);
});
