/** A Chromium of its own for each test file, on a profile that survives it: killed and started again at will. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { findChromium } from "../../../scripts/setup/browser.mjs";
import { Unavailable } from "../../../scripts/shared/unavailable.mjs";

const dist = fileURLToPath(new URL("../../../pkg/dist/", import.meta.url));

const flags = [
  "--headless=new",
  "--no-sandbox",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--disable-quic",
  "--disable-gpu",
  "--disable-dev-shm-usage",
  "--remote-debugging-port=0",
];

/** What every page finds as `window.storage` and friends. */
const page = `<!doctype html><meta charset="utf-8"><title>worker-runtime</title><script type="module">
  import { indexedDbStorage } from "/dist/entry/indexeddb.js";
  globalThis.indexedDbStorage = indexedDbStorage;
  globalThis.storage = indexedDbStorage();
  globalThis.bytes = (length, fill) => new Uint8Array(length).fill(fill ?? 1);
  globalThis.noise = (length) => {
    const noise = new Uint8Array(length);
    for (let at = 0; at < length; at += 65536) crypto.getRandomValues(noise.subarray(at, at + 65536));
    return noise;
  };
  globalThis.told = (promise) => promise.then(
    (value) => ({ value }),
    (error) => ({ name: error?.name, code: error?.code, message: error?.message }),
  );
  globalThis.soon = (promise, ms = 1000) =>
    Promise.race([promise.then(() => true), new Promise((resolve) => setTimeout(resolve, ms, false))]);
  globalThis.ready = true;
</script>`;

const types = { ".js": "text/javascript", ".mjs": "text/javascript", ".wasm": "application/wasm" };

/** Serves the page at "/" and the built package under "/dist/"; answers with its origin. */
export async function serve() {
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url, "http://localhost");
    try {
      if (pathname.startsWith("/dist/")) {
        const body = await readFile(join(dist, pathname.slice("/dist/".length)));
        response.writeHead(200, {
          "content-type": types[extname(pathname)] ?? "application/octet-stream",
          "access-control-allow-origin": "*",
        });
        response.end(body);
      } else {
        response.writeHead(200, { "content-type": "text/html" });
        response.end(page);
      }
    } catch {
      response.writeHead(404).end();
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    origin: `http://127.0.0.1:${server.address().port}`,
    async close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** A folder for a profile; `remove` it when nothing runs on it any more. */
export async function makeProfile() {
  const path = await mkdtemp(join(tmpdir(), "worker-runtime-profile-"));
  return { path, remove: () => rm(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 }) };
}

/** Starts Chromium on `profile`, with `more` flags. */
export async function startBrowser(profile, more = []) {
  const executable = findChromium();
  if (executable === undefined)
    throw new Unavailable(
      "There is no Chromium where $CHROMIUM says, or anywhere: run node scripts/setup.mjs --for test",
    );
  // What a killed browser left behind makes the next one believe that it still runs.
  for (const left of ["SingletonLock", "SingletonSocket", "SingletonCookie", "DevToolsActivePort"]) {
    await rm(join(profile, left), { force: true });
  }
  const child = spawn(executable, [...flags, ...more, `--user-data-dir=${profile}`, "about:blank"], {
    detached: true,
    stdio: "ignore",
  });
  const exited = once(child, "exit");
  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null) {
      process.kill(-child.pid, "SIGKILL");
    }
    await exited;
  };
  let browser;
  try {
    const port = await readPort(join(profile, "DevToolsActivePort"), child);
    browser = await chromium.connectOverCDP(`http://127.0.0.1:${port}`);
  } catch (error) {
    await stop();
    throw error;
  }
  const [context] = browser.contexts();
  const end = async () => {
    await stop();
    await browser.close().catch(() => {});
  };
  return {
    context,
    /** kill -9 of the browser and all of its processes, as they stand. */
    kill: end,
    /** An orderly end. */
    async quit() {
      const session = await browser.newBrowserCDPSession();
      await session.send("Browser.close").catch(() => {});
      await Promise.race([exited, sleep(5_000)]);
      await end();
    },
    /** A tab on `origin` in which the package is loaded. */
    async tab(origin) {
      const tab = await context.newPage();
      await tab.goto(origin);
      await tab.waitForFunction(() => globalThis.ready === true);
      return tab;
    },
    async cdp(tab) {
      return context.newCDPSession(tab);
    },
  };
}

async function readPort(path, child) {
  for (let tries = 0; tries < 300; tries += 1) {
    const [port] = (await readFile(path, "utf8").catch(() => "")).split("\n");
    if (port) {
      return port;
    }
    if (child.exitCode !== null) {
      throw new Error(`Chromium ended with ${child.exitCode}`);
    }
    await sleep(100);
  }
  throw new Error("Chromium did not start within 30 s");
}
