// Whether a build step has to run: its inputs' hash is kept beside what it made.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { targetFolder } from "../shared/paths.mjs";

function* filesBelow(path) {
  if (!statSync(path).isDirectory()) return yield path;
  for (const name of readdirSync(path).sort()) yield* filesBelow(join(path, name));
}

/** Of the contents of `files`, folders with all below them, and of `text`. */
export function hashOf({ files, text = "" }) {
  const hash = createHash("sha256").update(text);
  for (const file of files.flatMap((path) => [...filesBelow(path)])) {
    hash.update(`\0${file}\0`).update(readFileSync(file));
  }
  return hash.digest("hex");
}

/**
 * Runs `work` unless the contents of `files` (folders with all below them) and `text` are those of the last run
 * that succeeded and all `outputs` exist. Answers what the step has to show.
 */
export async function unlessUnchanged({ name, files, text, outputs }, work) {
  const stamp = join(targetFolder, "build", `${name}.sha256`);
  const inputs = hashOf({ files, text });
  const unchanged =
    existsSync(stamp) && readFileSync(stamp, "utf8") === inputs && outputs.every((o) => existsSync(o));
  if (unchanged) return "unchanged";
  const result = await work();
  mkdirSync(join(targetFolder, "build"), { recursive: true });
  writeFileSync(stamp, inputs);
  return result;
}
