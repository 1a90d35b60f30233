// The pinned versions of what npm does not install.
import { readFileSync } from "node:fs";

/** @type {{ cargo: Record<string, string>, debian: Record<string, string[]> }} */
export const pinned = JSON.parse(readFileSync(new URL("../tools.json", import.meta.url), "utf8"));
