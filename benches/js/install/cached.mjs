/*
 * Packages that only measurements need: pinned, installed into the user's cache folder, never among the project's own
 * dependencies. What cannot be installed is left out, with the reason.
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { installedPackages, NotInstalled } from "../../../scripts/shared/cached-packages.mjs";

export { NotInstalled };

/** Names and exact versions of every optional package, by group. */
export const pinned = JSON.parse(readFileSync(new URL("./pinned.json", import.meta.url), "utf8"));

/**
 * Installs the packages of `group` where they are not there yet, and answers their folder.
 * Rejects with `NotInstalled`.
 */
export const installed = (group) => installedPackages(group, pinned[group]);

/** What resolves names as a program in `folder` would. */
export const resolverOf = (folder) => createRequire(join(folder, "package.json"));
