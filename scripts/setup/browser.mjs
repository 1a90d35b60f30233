// A Chromium for the tests, and the driver that the module's own tests speak to.
import { existsSync } from "node:fs";
import { ask, which } from "../shared/command.mjs";
import { Unavailable } from "../shared/unavailable.mjs";
import { hasApt, installDebianPackages } from "./debian.mjs";
import { pinned } from "./pinned.mjs";

const MAC_CHROME = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome";

/** The browser's path (`$CHROMIUM` first), or `undefined`. */
export function findChromium() {
  if (process.env.CHROMIUM) return existsSync(process.env.CHROMIUM) ? process.env.CHROMIUM : undefined;
  for (const name of ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]) {
    const path = which(name);
    if (path) return path;
  }
  return existsSync(MAC_CHROME) ? MAC_CHROME : undefined;
}

/** The driver's path (`$CHROMEDRIVER` first), or `undefined`. */
export const findChromedriver = () => process.env.CHROMEDRIVER || which("chromedriver");

export async function ensureBrowser(report) {
  if (!findChromium() || !findChromedriver()) {
    if (!hasApt() || process.env.CHROMIUM) {
      throw new Unavailable(
        "The tests need Chromium (or Chrome) and a chromedriver of the same version: install them, or give their paths in the environment variables CHROMIUM and CHROMEDRIVER.",
      );
    }
    await installDebianPackages(pinned.debian.browser, "Testing in a browser", report);
  }
  const path = findChromium();
  if (!path || !findChromedriver())
    throw new Unavailable("Chromium or chromedriver is missing after its installation.");
  return process.env.CHROMIUM ? path : (ask(path, ["--version"]) ?? path);
}
