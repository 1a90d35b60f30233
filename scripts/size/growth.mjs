// The sizes of the last release, and what has grown since.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../shared/paths.mjs";

const file = join(root, "scripts", "size", "released.json");

/** `{ version, downloads, sections, code }`, or `undefined` before the first release. */
export const released = () => (existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : undefined);

/** Keeps the sizes as those of the release `version`. */
export function keepReleased(version, sizes) {
  writeFileSync(file, `${JSON.stringify({ version, ...sizes }, null, 2)}\n`);
}

/** "+1.2 %" */
export function change(now, earlier) {
  if (earlier === undefined) return "new";
  if (now === earlier) return "";
  const percent = (100 * (now - earlier)) / earlier;
  return `${percent > 0 ? "+" : "−"}${Math.abs(percent).toFixed(1)} %`;
}
