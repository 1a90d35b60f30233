/** What comes along with the entry of an adapter: the adapter, and nothing of the rest. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";

const dist = new URL("../../../pkg/dist/", import.meta.url);
const modules = new URL("../../../pkg/modules/", import.meta.url);

/** Every script in `folder` that an entry imports, directly or not, relative to it; others as they are written. */
function reached(entry, folder) {
  const found = new Set();
  const visit = (url) => {
    const path = url.href.slice(folder.href.length);
    if (found.has(path)) {
      return;
    }
    found.add(path);
    const text = readFileSync(url, "utf8");
    for (const [, specifier] of text.matchAll(/^(?:import|export)\b(?:[^;]*?from)?\s*["']([^"']+)["']/gm)) {
      if (specifier.startsWith(".")) {
        visit(new URL(specifier, url));
      } else {
        found.add(specifier);
      }
    }
    assert.doesNotMatch(text, /\bimport\(/, `${path} imports nothing while it runs`);
  };
  visit(new URL(`entry/${entry}.js`, folder));
  return found;
}

const SHARED = ["api/errors.js", "arguments/read.js"];

for (const entry of ["sqlite", "postgres", "level", "durable-object"]) {
  test(`the entry "${entry}" brings its own adapter and what adapters share`, () => {
    const found = reached(entry, modules);
    const others = [...found].filter((path) => {
      const [folder, name] = path.split("/");
      const own = folder === "storage" && name.replace(".js", "") === entry;
      const shared = folder === "storage" && path.split("/").length === 2;
      return !(own || shared || SHARED.includes(path) || path === `entry/${entry}.js`);
    });
    assert.deepEqual(others, []);
    const adapters = ["indexeddb", "node-fs", "memory", "sqlite", "postgres", "level", "durable-object"];
    for (const adapter of adapters.filter((name) => name !== entry)) {
      assert.ok(!found.has(`storage/${adapter}.js`), `${adapter} comes along`);
    }
    const bundles = ["chunks/adapters.js", "chunks/shared.js", `entry/${entry}.js`];
    assert.deepEqual([...reached(entry, dist)].sort(), bundles);
  });
}
