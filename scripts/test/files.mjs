// Where the tests are.
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { root } from "../shared/paths.mjs";

/** All `*.test.mjs` below tests/`folder`, sorted. */
export function nodeTestFiles(folder) {
  const place = join(root, "tests", folder);
  if (!existsSync(place)) return [];
  return readdirSync(place, { recursive: true })
    .filter((name) => name.endsWith(".test.mjs") && !name.includes("node_modules"))
    .sort()
    .map((name) => join(place, name));
}

/** The names of the crate's integration tests that are for the module: tests/wasm*.rs. */
export const wasmTestNames = () =>
  readdirSync(join(root, "tests"))
    .filter((name) => /^wasm\w*\.rs$/.test(name))
    .sort()
    .map((name) => name.slice(0, -".rs".length));

/** Type-level tests: each folder of tests/types with a tsconfig.json is a project that has to compile. */
export function typeTestProjects() {
  const place = join(root, "tests", "types");
  if (!existsSync(place)) return [];
  return readdirSync(place)
    .map((name) => join(place, name, "tsconfig.json"))
    .filter((file) => existsSync(file))
    .sort();
}
