/** Browsers as programs: started on a profile with addresses to open, and killed with all that they have started. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { rmSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { chromium as playwright } from "playwright-core";
import { findChromium } from "../../../scripts/setup/browser.mjs";
import { findFirefox, findWebKit } from "../../../scripts/setup/other-browsers.mjs";
import { ask } from "../../../scripts/shared/command.mjs";
import { CHROMIUM_FLAGS } from "../support/chromium.mjs";

/** Starts a program as the head of a group of its own. */
function startGroup(context, program, args, options = {}) {
  const child = spawn(program, args, { stdio: "ignore", detached: true, ...options });
  const exited = once(child, "exit");
  const kill = async () => {
    try {
      process.kill(-child.pid, "SIGKILL");
    } catch {
      // It has ended by itself.
    }
    await exited;
  };
  context.after(kill);
  return { child, kill };
}

const versionIn = (text) => /\d+(?:\.\d+)+/.exec(text ?? "")?.[0];

/** Where Chromium's debugging protocol listens, once it does. */
async function debuggingPort(profile, child) {
  for (let tries = 0; tries < 600 && child.exitCode === null; tries += 1) {
    const [port] = (await readFile(join(profile, "DevToolsActivePort"), "utf8").catch(() => "")).split("\n");
    if (port) return port;
    await sleep(100);
  }
  throw new Error("Chromium does not start");
}

/** For a page that is open. */
async function limitQuota(context, debugging, { origin, bytes }) {
  const connection = await playwright.connectOverCDP(debugging);
  context.after(() => connection.close().catch(() => {}));
  const [profile] = connection.contexts();
  const page = profile.pages().find((page) => page.url().startsWith(origin));
  const session = await profile.newCDPSession(page);
  await session.send("Storage.overrideQuotaForOrigin", { origin, quotaSize: bytes });
}

const chromium = {
  host: "Chromium",
  find: findChromium,
  missing: "there is no Chromium: install it, or give its path in CHROMIUM",
  version: () => versionIn(ask(findChromium(), ["--version"])),
  async start(context, profile, urls, { quota } = {}) {
    // What a killed browser left behind makes the next one believe that it still runs.
    for (const left of ["SingletonLock", "SingletonSocket", "SingletonCookie", "DevToolsActivePort"]) {
      rmSync(join(profile, left), { force: true });
    }
    const args = ["--headless=new", "--remote-debugging-port=0", `--user-data-dir=${profile}`];
    const started = startGroup(context, findChromium(), [...CHROMIUM_FLAGS, ...args, "about:blank"]);
    const debugging = `http://127.0.0.1:${await debuggingPort(profile, started.child)}`;
    // Without a window it takes one address when it is started.
    for (const url of urls) await fetch(`${debugging}/json/new?${url}`, { method: "PUT" });
    const limit = quota && (() => limitQuota(context, debugging, quota));
    return { ...started, limit };
  },
};

/** What keeps it from asking the network and the user. */
const FIREFOX_PREFERENCES = {
  "app.normandy.enabled": false,
  "app.update.enabled": false,
  "browser.aboutwelcome.enabled": false,
  "browser.shell.checkDefaultBrowser": false,
  "browser.sessionstore.resume_from_crash": false,
  "browser.startup.homepage_override.mstone": "ignore",
  "browser.startup.page": 0,
  "datareporting.policy.dataSubmissionEnabled": false,
  "datareporting.policy.firstRunURL": "",
  "extensions.update.enabled": false,
  "network.captive-portal-service.enabled": false,
  "network.connectivity-service.enabled": false,
  "toolkit.startup.max_resumed_crashes": -1,
  "toolkit.telemetry.enabled": false,
  "toolkit.telemetry.reportingpolicy.firstRun": false,
};

const firefox = {
  host: "Firefox",
  find: findFirefox,
  missing: "there is no Firefox: install it (Debian: firefox-esr), or give its path in FIREFOX",
  version: () => versionIn(ask(findFirefox(), ["--version"])),
  start(context, profile, urls, { quota, preferences } = {}) {
    const limit = quota && { "dom.quotaManager.temporaryStorage.fixedLimit": quota.bytes / 1024 };
    const lines = Object.entries({ ...FIREFOX_PREFERENCES, ...limit, ...preferences }).map(
      ([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});\n`,
    );
    writeFileSync(join(profile, "user.js"), lines.join(""));
    const env = { ...process.env, MOZ_HEADLESS: "1", MOZ_CRASHREPORTER_DISABLE: "1" };
    return startGroup(context, findFirefox(), ["--no-remote", "--profile", profile, ...urls], { env });
  },
};

/** An X server without a screen. Answers with the display's name. */
async function startDisplay(context, program) {
  const { child } = startGroup(
    context,
    program,
    ["-displayfd", "3", "-screen", "0", "800x600x24", "-nolisten", "tcp"],
    {
      stdio: ["ignore", "ignore", "ignore", "pipe"],
    },
  );
  const [number] = await Promise.race([
    once(child.stdio[3], "data"),
    once(child, "exit").then(() => Promise.reject(new Error("the X server does not start"))),
  ]);
  return `:${String(number).trim()}`;
}

const webKit = {
  host: "WebKitGTK",
  find: findWebKit,
  missing: "there is no WebKitGTK (Debian: webkit2gtk-driver and xvfb)",
  version: () => versionIn(ask("dpkg-query", ["-W", "-f", "$" + "{Version}", "webkit2gtk-driver"])),
  async start(context, profile, urls) {
    const { browser, display } = findWebKit();
    const env = {
      ...process.env,
      DISPLAY: await startDisplay(context, display),
      GDK_BACKEND: "x11",
      LIBGL_ALWAYS_SOFTWARE: "1",
      NO_AT_BRIDGE: "1",
      WEBKIT_DISABLE_COMPOSITING_MODE: "1",
      XDG_CACHE_HOME: join(profile, "cache"),
      XDG_CONFIG_HOME: join(profile, "config"),
      XDG_DATA_HOME: join(profile, "data"),
    };
    return startGroup(context, browser, urls, { env });
  },
};

export const browsers = { chromium, firefox, webKit };
