/* What was measured, kept as JSON: one file a group, with all that is needed to judge it. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../../scripts/shared/paths.mjs";

export const resultsFolder = join(root, "benches", "results");
const DIGITS = 5;

/** Digits beyond those are noise. */
const rounded = (_key, value) =>
  typeof value === "number" && !Number.isInteger(value) ? Number(value.toPrecision(DIGITS)) : value;

export function save(name, result) {
  mkdirSync(resultsFolder, { recursive: true });
  writeFileSync(join(resultsFolder, `${name}.json`), `${JSON.stringify(result, rounded, 1)}\n`);
}

/** All kept results by name. */
export function kept() {
  const names = readdirSync(resultsFolder).filter((name) => name.endsWith(".json"));
  return new Map(
    names
      .sort()
      .map((name) => [name.slice(0, -5), JSON.parse(readFileSync(join(resultsFolder, name), "utf8"))]),
  );
}
