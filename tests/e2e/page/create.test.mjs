/** Creating Workers by the form: every field of a request, and refusals at the field that they are about. */

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { createTask, finish, startConsole, workerRows } from "./support.mjs";

let console_;
before(async () => {
  console_ = await startConsole();
});
after(() => console_.close());

const openDialog = async (page) => {
  await page.locator("#new-worker").click();
  return page.getByRole("dialog", { name: "New Worker" });
};

const details = (page) =>
  page
    .locator("#worker-details dl > div")
    .evaluateAll((rows) => rows.map((row) => [...row.children].map((part) => part.textContent)));

test("a Worker is created from nothing, and is chosen", async () => {
  const page = await console_.open();
  const dialog = await openDialog(page);
  await dialog.getByRole("button", { name: "Create Worker" }).click();
  await dialog.waitFor({ state: "hidden" });
  assert.equal(await page.locator("#count-workers").textContent(), "1");
  assert.equal(await page.locator("#count-running").textContent(), "1");
  assert.equal(await page.locator("#count-diagnostics").textContent(), "2");
  assert.equal(await workerRows(page, { selected: true }).count(), 1);
  assert.equal(await page.locator("#conversation-over .id").textContent(), "worker-00000001");
  assert.equal(
    await page.locator("#conversation-heading").textContent(),
    "Assistant without a stated purpose",
  );
  assert.equal(await page.evaluate(() => document.activeElement.id), "composer-content");
  await finish(page);
});

test("every field of a request reaches the Worker", async () => {
  const page = await console_.open();
  const dialog = await openDialog(page);
  await dialog.getByRole("radio", { name: "Role" }).check({ force: true });
  await dialog.getByLabel("Role", { exact: true }).last().fill("reviewer");
  await dialog.getByLabel("Purpose").fill("reads every change");
  await dialog.locator("[name='profile.kind']").selectOption("Built-in");
  await dialog.getByLabel("Profile name").fill("careful");
  await dialog.getByLabel("Configuration bundle").fill("bundle-7");
  for (const [button, first, label, second] of [
    ["Add a capability", "shell", "Reason", "runs the tests"],
    ["Add a workspace", "repository", "Reference", "git:main"],
    ["Add a mount", "data", "Reference", "volume:data"],
  ]) {
    const group = dialog.locator("fieldset", { has: page.getByRole("button", { name: button }) });
    await group.getByRole("button", { name: button }).click();
    await group.getByLabel("Name").fill(first);
    await group.getByLabel(label).fill(second);
  }
  await dialog.getByRole("button", { name: "Add a capability" }).click();
  await dialog.locator("[name='requestedCapabilities[1].name']").fill("network");
  await dialog.getByRole("button", { name: "Create Worker" }).click();
  await dialog.waitFor({ state: "hidden" });

  await page.getByText("Details").click();
  const runtimeId = await page.locator("#runtime-id").textContent();
  assert.deepEqual(await details(page), [
    ["Worker", "worker-00000001"],
    ["Runtime", runtimeId],
    ["Intent", "reviewer"],
    ["Purpose", "reads every change"],
    ["Profile", "built-in: careful"],
    ["Configuration bundle", "bundle-7"],
    ["Capability", "shell: runs the tests"],
    ["Capability", "network"],
    ["Workspace", "repository: git:main"],
    ["Mount", "data: volume:data"],
  ]);
  await finish(page);
});

test("a refusal stands at the field that it names, which gets the focus", async () => {
  const page = await console_.open();
  const dialog = await openDialog(page);
  const create = dialog.getByRole("button", { name: "Create Worker" });
  const refusedAt = async (name) => {
    await create.click();
    const field = dialog.locator("[aria-invalid=true]");
    await dialog.locator(`[name='${name}'][aria-invalid=true]`).waitFor();
    assert.equal(await field.count(), 1);
    assert.equal(await field.evaluate((element) => element === document.activeElement), true);
    assert.equal(
      await field.evaluate(
        (element) => document.getElementById(element.getAttribute("aria-describedby")).textContent,
      ),
      "Must not be blank.",
    );
    await field.fill("given");
  };

  await dialog.getByRole("radio", { name: "Task" }).check({ force: true });
  await refusedAt("intent.objective");
  await dialog.locator("[name='profile.kind']").selectOption("Named");
  await refusedAt("profile.value");
  await dialog.getByLabel("Configuration bundle").fill(" \u3000");
  await refusedAt("configBundle.id");
  await dialog.getByRole("button", { name: "Add a capability" }).click();
  await dialog.getByRole("button", { name: "Add a capability" }).click();
  await dialog.locator("[name='requestedCapabilities[0].name']").fill("shell");
  await refusedAt("requestedCapabilities[1].name");
  await dialog.getByRole("button", { name: "Add a mount" }).click();
  await refusedAt("mountRefs[0].name");
  await create.click();
  await dialog.waitFor({ state: "hidden" });
  assert.equal(await page.locator("#count-workers").textContent(), "1");
  await finish(page);
});

test("rows taken away leave no hole, and what was discarded is not there the next time", async () => {
  const page = await console_.open();
  let dialog = await openDialog(page);
  for (const name of ["first", "second", "third"]) {
    await dialog.getByRole("button", { name: "Add a workspace" }).click();
    await dialog.locator("[data-list=workspaceRefs] .item").last().getByLabel("Name").fill(name);
  }
  await dialog.getByRole("button", { name: "Remove 2 of workspaces" }).click();
  await dialog.getByRole("button", { name: "Create Worker" }).click();
  await dialog.waitFor({ state: "hidden" });
  const workspaces = (await details(page)).filter(([name]) => name === "Workspace");
  assert.deepEqual(workspaces, [
    ["Workspace", "first: "],
    ["Workspace", "third: "],
  ]);

  dialog = await openDialog(page);
  await dialog.getByLabel("Purpose").fill("never said");
  await dialog.getByRole("button", { name: "Add a mount" }).click();
  await dialog.getByRole("button", { name: "Discard" }).click();
  dialog = await openDialog(page);
  assert.equal(await dialog.getByLabel("Purpose").inputValue(), "");
  assert.equal(await dialog.locator(".item").count(), 0);
  await page.keyboard.press("Escape");
  assert.equal(await page.locator("#count-workers").textContent(), "1");
  await finish(page);
});

test("the list is filtered by text, status and intent", async () => {
  const page = await console_.open();
  await createTask(page, "Mend the parser");
  await createTask(page, "Write the changelog");
  await page.locator("#new-worker").click();
  await page.getByRole("button", { name: "Create Worker" }).click();
  await page.locator("#count-workers", { hasText: "3" }).waitFor();
  const titles = () => page.locator(".worker-title").allTextContents();
  const shown = page.locator("#workers-shown");

  await page.getByLabel("Text or id").fill("PARSER");
  assert.deepEqual(await titles(), ["Mend the parser"]);
  assert.equal(await shown.textContent(), "1 of 3");
  await page.getByLabel("Text or id").fill("worker-00000002");
  assert.deepEqual(await titles(), ["Write the changelog"]);
  await page.getByLabel("Text or id").fill("");
  await page.getByLabel("Intent", { exact: true }).selectOption("Assistant");
  assert.deepEqual(await titles(), ["Assistant without a stated purpose"]);
  await page.getByLabel("Intent", { exact: true }).selectOption("Any intent");
  await page.getByLabel("Status").selectOption("Stopped");
  assert.deepEqual(await titles(), []);
  assert.equal(await page.getByText("No Worker passes the filter.").isVisible(), true);
  await page.getByLabel("Status").selectOption("Running");
  assert.equal((await titles()).length, 3);
  assert.equal(await shown.textContent(), "3");
  await finish(page);
});
