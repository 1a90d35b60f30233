// Firefox and WebKit, for the tests that compare browsers. They are welcome and not required: without one of them its tests are
// skipped and say so.
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { ask, which } from "../shared/command.mjs";
import { hasApt, installDebianPackages, isRoot } from "./debian.mjs";
import { pinned } from "./pinned.mjs";

const MAC_FIREFOX = "/Applications/Firefox.app/Contents/MacOS/firefox";

/** Firefox's path (`$FIREFOX` first), or `undefined`. */
export function findFirefox() {
  if (process.env.FIREFOX) return existsSync(process.env.FIREFOX) ? process.env.FIREFOX : undefined;
  for (const name of ["firefox-esr", "firefox"]) {
    const path = which(name);
    if (path) return path;
  }
  return existsSync(MAC_FIREFOX) ? MAC_FIREFOX : undefined;
}

const LIBRARIES = "/usr/lib";

/** WebKitGTK's own small browser and the X server without a screen that it needs, or `undefined`. */
export function findWebKit() {
  const display = which("Xvfb");
  const folders = existsSync(LIBRARIES) ? [LIBRARIES, ...foldersIn(LIBRARIES)] : [];
  const browser = folders
    .flatMap((folder) => foldersIn(folder).filter((path) => /webkit2?gtk-[\d.]+$/.test(path)))
    .map((folder) => join(folder, "MiniBrowser"))
    .find((path) => existsSync(path));
  return browser && display ? { browser, display } : undefined;
}

const foldersIn = (folder) =>
  readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => join(folder, name));

const firefoxVersion = () => ask(findFirefox(), ["--version"]);
const webKitVersion = () => {
  const version = ask("dpkg-query", ["-W", "-f", "$" + "{Version}", "webkit2gtk-driver"]);
  return version && `WebKitGTK ${version}`;
};

const browsers = {
  Firefox: { find: findFirefox, packages: pinned.debian.firefox, version: firefoxVersion },
  WebKitGTK: { find: findWebKit, packages: pinned.debian.webkit, version: webKitVersion },
};

/** Installs the browser where Debian's packages can be had, and says where its tests will be skipped. */
export async function ensureOtherBrowser(name, report) {
  const { find, packages, version } = browsers[name];
  if (!find()) {
    if (!hasApt() || !isRoot()) {
      return `missing, its tests are skipped (Debian: apt-get install ${packages.join(" ")})`;
    }
    try {
      await installDebianPackages(packages, "Testing in a second browser", report);
    } catch (error) {
      return `missing, its tests are skipped: ${error.message.split("\n")[0]}`;
    }
  }
  return version() ?? "there";
}

export const otherBrowsers = Object.keys(browsers);
