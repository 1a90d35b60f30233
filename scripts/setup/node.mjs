// Node.js itself and the development dependencies from npm.
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "../shared/command.mjs";
import { root } from "../shared/paths.mjs";
import { Unavailable } from "../shared/unavailable.mjs";

const OLDEST_MAJOR = 20;

export function ensureNodeVersion() {
  const major = Number(process.versions.node.split(".")[0]);
  if (major < OLDEST_MAJOR) {
    throw new Unavailable(
      `Node.js ${process.versions.node} is too old: install Node.js ${OLDEST_MAJOR} or newer and run this again.`,
    );
  }
  return process.versions.node;
}

/** `npm ci` in `folder`, unless the installed packages are those of the present lock file. */
export async function ensureNodePackages(report, folder = root) {
  const lock = createHash("sha256")
    .update(readFileSync(join(folder, "package-lock.json")))
    .digest("hex");
  const marker = join(folder, "node_modules", ".installed-lock");
  if (existsSync(marker) && readFileSync(marker, "utf8") === lock) return "there";
  report("npm ci");
  try {
    await run("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], { cwd: folder, log: "npm-ci" });
  } catch (error) {
    throw new Unavailable(
      `The npm packages could not be installed. Check that npm reaches its registry (npm ping), then run this again.\n${error.message}`,
    );
  }
  writeFileSync(marker, lock);
  return "installed";
}
