/** One Chromium for all cells that show a page, each in a profile of its own. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { findChromium } from "../../../scripts/setup/browser.mjs";
import { keptTwice } from "./books.mjs";

export const CHROMIUM_FLAGS = [
  "--no-sandbox",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--disable-quic",
  "--disable-gpu",
  "--disable-dev-shm-usage",
];
const TELL_TIMEOUT_MS = 60_000;

let users = 0;
let launched;

/** What this machine has; skips the cell where it has none. */
function executable(context) {
  const path = findChromium();
  return path ?? context.skip("there is no Chromium: install it, or give its path in CHROMIUM");
}

/** A browser of its own, with the extension in `folder`. */
export async function chromiumWithExtension(context, folder) {
  const executablePath = executable(context);
  const profile = await mkdtemp(join(tmpdir(), "worker-runtime-profile-"));
  context.after(() => rm(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 }));
  const browser = await chromium.launchPersistentContext(profile, {
    executablePath,
    args: [...CHROMIUM_FLAGS, `--disable-extensions-except=${folder}`, `--load-extension=${folder}`],
    ignoreDefaultArgs: ["--disable-extensions"],
  });
  context.after(() => browser.close());
  return browser;
}

/** A browser context, which ends with the cell. */
export async function chromiumContext(context) {
  const executablePath = executable(context);
  users += 1;
  context.after(async () => {
    users -= 1;
    if (users > 0) return;
    const browser = await launched.catch(() => undefined);
    launched = undefined;
    await browser?.close();
  });
  launched ??= chromium.launch({ executablePath, args: CHROMIUM_FLAGS });
  const browser = await launched;
  const profile = await browser.newContext();
  context.after(() => profile.close());
  return profile;
}

/** Opens a page, waits for what it tells, and answers with that. What the page complains of on the way is an error. */
export async function visit(profile, url) {
  const page = await profile.newPage();
  const complaints = [];
  page.on("pageerror", (error) => complaints.push(`${error.stack ?? error}`));
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type()))
      complaints.push(`${message.text()} (${message.location().url})`);
  });
  try {
    await page.goto(url);
    await page.waitForFunction(() => globalThis.told, undefined, { timeout: TELL_TIMEOUT_MS });
    const { told, error } = await page.evaluate(() => globalThis.told);
    if (error !== undefined) throw new Error(error);
    if (complaints.length > 0) throw new Error("it works, but not in silence");
    return told;
  } catch (error) {
    throw new Error([`${url}: ${error.message}`, ...complaints].join("\n"), { cause: error });
  } finally {
    await page.close();
  }
}

/** Has a page keep its books twice, as a user does who comes back. */
export async function visitTwice(context, url) {
  const profile = await chromiumContext(context);
  await keptTwice(() => visit(profile, url), "power-loss");
}
