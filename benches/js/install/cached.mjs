/*
 * Packages that only measurements need: pinned, installed into the user's cache folder, never among the project's own
 * dependencies. What cannot be installed is left out, with the reason.
 */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { run } from "../../../scripts/shared/command.mjs";
import { cacheFolder } from "../../../scripts/shared/paths.mjs";

const LONGEST_MS = 10 * 60_000;

/** Names and exact versions of every optional package, by group. */
export const pinned = JSON.parse(readFileSync(new URL("./pinned.json", import.meta.url), "utf8"));

export class NotInstalled extends Error {
  constructor(group, cause) {
    const lines = String(cause?.output ?? cause?.message ?? cause)
      .trim()
      .split("\n");
    const reason = lines.find((line) => /npm (?:error|ERR!)/.test(line)) ?? lines.at(-1);
    super(`${group}: ${reason}`, { cause });
    this.name = "NotInstalled";
  }
}

/**
 * Installs the packages of `group` where they are not there yet, and answers their folder.
 * Rejects with `NotInstalled`.
 */
export async function installed(group) {
  const { scripts = false, packages } = pinned[group];
  const text = `${JSON.stringify({ private: true, type: "module", dependencies: packages }, null, 2)}\n`;
  const key = createHash("sha256").update(text).digest("hex").slice(0, 12);
  const folder = join(cacheFolder, "bench", `${group}-${key}`);
  const marker = join(folder, ".installed");
  if (existsSync(marker)) return folder;
  const next = `${folder}.${process.pid}`;
  rmSync(next, { recursive: true, force: true });
  mkdirSync(next, { recursive: true });
  writeFileSync(join(next, "package.json"), text);
  const options = ["--no-audit", "--no-fund", "--no-package-lock", ...(scripts ? [] : ["--ignore-scripts"])];
  try {
    await run("npm", ["install", ...options], { cwd: next, log: "bench-install", timeoutMs: LONGEST_MS });
  } catch (error) {
    rmSync(next, { recursive: true, force: true });
    throw new NotInstalled(group, error);
  }
  writeFileSync(join(next, ".installed"), "");
  rmSync(folder, { recursive: true, force: true });
  renameSync(next, folder);
  return folder;
}

/** What resolves names as a program in `folder` would. */
export const resolverOf = (folder) => createRequire(join(folder, "package.json"));
