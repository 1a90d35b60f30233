// Packages from npm that only some measurement or test needs: pinned, installed into the user's cache folder when they are
// first asked for, never among the project's own dependencies.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "./command.mjs";
import { cacheFolder } from "./paths.mjs";
import { Unavailable } from "./unavailable.mjs";

const LONGEST_MS = 10 * 60_000;

export class NotInstalled extends Unavailable {
  constructor(group, cause) {
    const output = String(cause?.output ?? "").trim();
    const lines = (output || String(cause?.message ?? cause)).trim().split("\n");
    // What failed without a word is told by the first line: behind it is the place of a log.
    const reason =
      lines.find((line) => /npm (?:error|ERR!)/.test(line)) ?? (output === "" ? lines[0] : lines.at(-1));
    super(`${group}: ${reason}`);
    this.cause = cause;
  }
}

/**
 * Installs packages (exact versions by name) where they are not there yet, with their own install scripts if `scripts`, and
 * answers their folder. Rejects with `NotInstalled`.
 */
export async function installedPackages(group, { scripts = false, packages }) {
  const text = `${JSON.stringify({ private: true, type: "module", dependencies: packages }, null, 2)}\n`;
  const key = createHash("sha256").update(text).digest("hex").slice(0, 12);
  const folder = join(cacheFolder, "packages", `${group}-${key}`);
  if (existsSync(folder)) return folder;
  // Made beside its place and then moved there, so that an interrupted or a concurrent installation does no harm.
  const next = `${folder}.${process.pid}`;
  rmSync(next, { recursive: true, force: true });
  mkdirSync(next, { recursive: true });
  writeFileSync(join(next, "package.json"), text);
  const options = ["--no-audit", "--no-fund", "--no-package-lock", ...(scripts ? [] : ["--ignore-scripts"])];
  try {
    await run("npm", ["install", ...options], {
      cwd: next,
      log: `install-${group}`,
      timeoutMs: LONGEST_MS,
    });
    renameSync(next, folder);
  } catch (error) {
    if (!existsSync(folder)) throw new NotInstalled(group, error);
  } finally {
    rmSync(next, { recursive: true, force: true });
  }
  return folder;
}
