/** Loaded once, the page goes on without its server, whole and of one version; and it can be installed. */

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { createRuntime, createTask, finish, loadRecordedRuns, startConsole, workerRows } from "./support.mjs";

let console_;
before(async () => {
  console_ = await startConsole();
});
after(() => console_.close());

const versions = (page) =>
  page.evaluate(async () => {
    const names = [];
    for (const name of await caches.keys()) {
      if (await (await caches.open(name)).match("whole")) names.push(name);
    }
    return names;
  });

/** A server in front of another: it can be switched off, and change what it passes on. */
async function startProxy(target) {
  const state = { online: true, change: (_path, body) => body };
  const server = createServer(async (request, response) => {
    if (!state.online) return response.destroy();
    const answer = await fetch(new URL(request.url, target));
    const body = Buffer.from(await answer.arrayBuffer());
    response.writeHead(answer.status, {
      "content-type": answer.headers.get("content-type"),
      "cache-control": answer.headers.get("cache-control") ?? "no-store",
    });
    return response.end(state.change(request.url, body));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const close = () =>
    new Promise((resolve) => {
      server.close(resolve);
      server.closeAllConnections();
    });
  return { state, close, url: `http://127.0.0.1:${server.address().port}/` };
}

async function openAt(url) {
  const page = await console_.open({ serviceWorkers: "allow" });
  await page.goto(url);
  await page.locator("#new-worker:enabled").waitFor();
  for (let waits = 0; (await versions(page)).length === 0 && waits < 200; waits += 1)
    await page.waitForTimeout(50);
  return page;
}

test("without its server the page opens, keeps runtimes, and loads the recorded runs", async () => {
  const proxy = await startProxy(console_.url);
  const page = await openAt(proxy.url);
  await createRuntime(page, { id: "afloat" });
  await createTask(page, "Go on alone");
  proxy.state.online = false;
  await page.reload();
  await page.locator("#runtime-id", { hasText: /^afloat$/ }).waitFor();
  await workerRows(page).getByText("Go on alone").waitFor();
  await loadRecordedRuns(page);
  await page.getByRole("button", { name: "Runtimes" }).first().click();
  await page.locator("#health-offline", { hasText: /^Version [0-9a-f]{7}$/ }).waitFor();
  // The browser itself says that the server can't be reached.
  page.complaints = page.complaints.filter((text) => !/ERR_(?:EMPTY_RESPONSE|CONNECTION)/.test(text));
  await finish(page);
  await proxy.close();
});

test("a new version takes the place of the old one, whole, and stays where the server can't be reached", async () => {
  const proxy = await startProxy(console_.url);
  const page = await openAt(proxy.url);
  const [first] = await versions(page);

  proxy.state.change = (path, body) =>
    path === "/text.mjs" ? Buffer.concat([body, Buffer.from("// changed\n")]) : body;
  await page.reload();
  await page.locator("#new-worker:enabled").waitFor();
  let now = [first];
  for (let waits = 0; now.includes(first) && waits < 200; waits += 1) {
    await page.waitForTimeout(50);
    now = await versions(page);
  }
  assert.equal(now.length, 1);
  assert.notEqual(now[0], first);
  assert.equal(
    await page.evaluate(async () => (await (await fetch("text.mjs")).text()).endsWith("// changed\n")),
    true,
  );
  proxy.state.online = false;
  await page.reload();
  await page.locator("#new-worker:enabled").waitFor();
  assert.equal(
    await page.evaluate(async () => (await (await fetch("text.mjs")).text()).endsWith("// changed\n")),
    true,
  );
  assert.deepEqual(await versions(page), now);
  page.complaints = page.complaints.filter((text) => !/ERR_(?:EMPTY_RESPONSE|CONNECTION)/.test(text));
  await finish(page);
  await proxy.close();
});

test("the browser has nothing against installing it", async () => {
  const page = await openAt(console_.url);
  await page.reload();
  await page.locator("#new-worker:enabled").waitFor();
  const session = await page.context().newCDPSession(page);
  const { data, errors } = await session.send("Page.getAppManifest");
  assert.deepEqual(errors, []);
  const manifest = JSON.parse(data);
  for (const { src, sizes, type } of manifest.icons) {
    const icon = await page.evaluate(async (name) => {
      const image = new Image();
      image.src = name;
      await image.decode();
      return [image.naturalWidth, image.naturalHeight].join("x");
    }, src);
    if (type === "image/png") assert.equal(icon, sizes);
  }
  const { installabilityErrors } = await session.send("Page.getInstallabilityErrors");
  // A window of a private kind, as tests use it, installs nothing.
  assert.deepEqual(
    installabilityErrors.map(({ errorId }) => errorId).filter((id) => id !== "in-incognito"),
    [],
  );
  await finish(page);
});
