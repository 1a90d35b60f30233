/** What strangers may have written: shown as text, harmless to the page and to what stands around it. */

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { createTask, finish, say, startConsole, workerRows } from "./support.mjs";

let console_;
before(async () => {
  console_ = await startConsole();
});
after(() => console_.close());

const MARKUP = [
  `<script>globalThis.harmed = true</script>`,
  `<img src=x onerror="globalThis.harmed = true">`,
  `<svg onload="globalThis.harmed = true"></svg>`,
  `<style>body { display: none }</style>`,
  `<a href="javascript:globalThis.harmed = true">here</a>`,
  `</p></article><iframe srcdoc="x"></iframe>`,
  `<meta http-equiv="refresh" content="0;url=about:blank">`,
  `\`\`\`html\n</pre><b onmouseover="globalThis.harmed = true">\n\`\`\``,
];

/** Replays `runs` through the page's own button, in place of the recorded ones. */
async function replay(page, runs) {
  const body = runs.map((run) => JSON.stringify(run)).join("\n");
  await page.route("**/agent-transcripts.jsonl", (route) => route.fulfill({ status: 200, body }));
  await page.locator("#load-samples").click();
  await page.locator("#load-samples:not([aria-disabled])").waitFor();
}

const widthOfPage = (page) =>
  page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

test("markup and scripts are text everywhere", async () => {
  const page = await console_.open();
  const everywhere = MARKUP.join(" ");
  await createTask(page, everywhere);
  for (const [index, markup] of MARKUP.entries()) {
    await say(page, index % 2 ? "tool" : "assistant", markup);
    await page.locator(`.message[data-sequence="${index + 1}"]`).waitFor();
  }
  const shown = await page.locator(".message .content").allTextContents();
  for (const markup of MARKUP) {
    const lines = markup.split("\n").filter((line) => !line.startsWith("```"));
    for (const line of lines)
      assert.ok(
        shown.some((content) => content.includes(line)),
        line,
      );
  }
  await page.locator("#stop-worker").click();
  await page.locator("#end").getByLabel("Reason").fill(everywhere);
  await page.getByRole("button", { name: "Stop Worker" }).click();
  await page.locator(".event q", { hasText: "<script>" }).waitFor();
  await page.getByText("Details").click();

  assert.equal(await page.evaluate(() => globalThis.harmed), undefined);
  const made = "main :is(script, img, svg:not(#timeline-plot), style, a, iframe, meta, b)";
  assert.equal(await page.locator(made).count(), 0);
  assert.equal(await page.locator("body").isVisible(), true);
  await finish(page);
});

test("terminal escapes and control characters are seen and do nothing", async () => {
  const page = await console_.open();
  await replay(page, [
    {
      id: "escapes",
      messages: [
        { role: "tool", content: "\u001b[2J\u001b[31mred\u0007\u0000\u007f\u009b1m\ttab\r\nline\rreturn" },
        { role: "assistant", content: "\u001b]8;;http://example.invalid\u001b\\link\u001b]8;;\u001b\\" },
      ],
    },
  ]);
  const shown = await page.locator(".message .content").allTextContents();
  assert.deepEqual(shown, [
    "␛[2J␛[31mred␇␀␡⟨U+009B⟩1m\ttab\nline␍return",
    "␛]8;;http://example.invalid␛\\link␛]8;;␛\\",
  ]);
  await finish(page);
});

test("text in both directions stays in its place and reorders nothing around it", async () => {
  const page = await console_.open();
  await replay(page, [
    {
      id: "bidi",
      messages: [
        { role: "user", content: "ISSUE: \u202egnp.exe\u2066 שלום" },
        { role: "user", content: "access \u202e\u2066// admin only\u2069 \u2066begin" },
        { role: "assistant", content: "שלום עולם, this is mixed" },
      ],
    },
  ]);
  const [first, second, third] = await page.locator(".message .content").allTextContents();
  assert.equal(first, "ISSUE: ⟨U+202E⟩gnp.exe⟨U+2066⟩ שלום");
  assert.equal(second, "access ⟨U+202E⟩⟨U+2066⟩// admin only⟨U+2069⟩ ⟨U+2066⟩begin");
  assert.equal(third, "שלום עולם, this is mixed");
  const title = workerRows(page).locator(".worker-title");
  assert.equal(await title.textContent(), "⟨U+202E⟩gnp.exe⟨U+2066⟩ שלום");
  // The numbers and the role stand to the left of a content that is written from the right.
  const [header, content] = await page
    .locator('.message[data-sequence="3"]')
    .evaluate((message) =>
      [...message.children].slice(0, 2).map((part) => part.getBoundingClientRect().left),
    );
  assert.ok(header < content);
  await finish(page);
});

test("a line of a megabyte is shown in parts, wrapped, and the page stays quick", async () => {
  const page = await console_.open();
  const long = "0123456789abcdef".repeat(65_536);
  await replay(page, [
    {
      id: "long",
      messages: [
        { role: "tool", content: long },
        { role: "assistant", content: `${"😀".repeat(2_500)}end` },
      ],
    },
  ]);
  const first = page.locator('.message[data-sequence="1"]');
  const length = () => first.locator(".content").evaluate((content) => content.textContent.length);
  assert.equal(await length(), 4_000);
  const more = first.locator(".more");
  assert.equal(await more.textContent(), "Show more (1,044,576 characters left)");
  const started = performance.now();
  await more.click();
  assert.equal(await length(), 104_000);
  const width = await first.evaluate((message) => message.scrollWidth - message.clientWidth);
  assert.ok(width <= 0, "the line is wrapped");
  assert.ok(performance.now() - started < 5_000);
  for (let parts = 0; await more.isVisible(); parts += 1) {
    assert.ok(parts < 20);
    await more.click();
  }
  assert.equal(await length(), long.length);
  assert.equal(await widthOfPage(page), 0);

  // No character outside the basic plane is cut in two.
  const second = page.locator('.message[data-sequence="2"] .content');
  assert.equal(await second.evaluate((content) => content.textContent.isWellFormed()), true);
  await finish(page);
});

test("names without a place to break do not widen anything", async () => {
  const page = await console_.open();
  const endless = "x".repeat(5_000);
  await page.locator("#new-worker").click();
  const dialog = page.getByRole("dialog", { name: "New Worker" });
  await dialog.getByLabel("Purpose").fill(endless);
  await dialog.getByLabel("Configuration bundle").fill(endless);
  await dialog.getByRole("button", { name: "Add a mount" }).click();
  await dialog.getByLabel("Name").last().fill(endless);
  await dialog.getByLabel("Reference").fill(endless);
  await dialog.getByRole("button", { name: "Create Worker" }).click();
  await page.getByText("Details").click();
  await say(page, "user", endless);
  await page.locator(".message").waitFor();
  for (const size of [
    { width: 1440, height: 900 },
    { width: 900, height: 900 },
    { width: 360, height: 740 },
  ]) {
    await page.setViewportSize(size);
    assert.equal(await widthOfPage(page), 0);
    for (const part of await page.locator("main *:visible").elementHandles()) {
      const over = await part.evaluate((element) => {
        const { overflowX } = getComputedStyle(element);
        const cut = overflowX === "hidden" || overflowX === "clip";
        return cut || ["INPUT", "SELECT", "TEXTAREA"].includes(element.tagName)
          ? 0
          : element.scrollWidth - element.clientWidth;
      });
      const name = await part.evaluate((element) => element.outerHTML.slice(0, 120));
      const inline = await part.evaluate((element) => getComputedStyle(element).display === "inline");
      assert.ok(inline || over <= 0, `${name} is ${over} px too wide at ${size.width}`);
    }
  }
  await finish(page);
});
