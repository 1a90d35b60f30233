// Where the tests are.
import { existsSync, readdirSync, readFileSync } from "node:fs";
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

/** The names of the crate's integration tests that are for the module: those whose root file is for wasm32 alone. */
export function wasmTestNames() {
  const place = join(root, "tests");
  const programs = readdirSync(place, { withFileTypes: true }).flatMap((entry) => {
    if (entry.isDirectory()) return [{ name: entry.name, file: join(place, entry.name, "main.rs") }];
    return entry.name.endsWith(".rs")
      ? [{ name: entry.name.slice(0, -3), file: join(place, entry.name) }]
      : [];
  });
  return programs
    .filter(
      ({ file }) =>
        existsSync(file) && /^#!\[cfg\((?!not).*target_arch = "wasm32"/m.test(readFileSync(file, "utf8")),
    )
    .map(({ name }) => name)
    .sort();
}

/** Type-level tests: each folder of tests/types with a tsconfig.json is a project that has to compile. */
export function typeTestProjects() {
  const place = join(root, "tests", "types");
  if (!existsSync(place)) return [];
  return readdirSync(place)
    .map((name) => join(place, name, "tsconfig.json"))
    .filter((file) => existsSync(file))
    .sort();
}
