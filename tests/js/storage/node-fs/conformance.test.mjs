import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { nodeFsStorage } from "../../../../pkg/dist/entry/node-fs.js";
import { storageConformance } from "../../../../pkg/dist/entry/testing.js";
import { quickPlace } from "./support.mjs";

const cases = storageConformance(async () => {
  const directory = mkdtempSync(join(quickPlace, "node-fs-"));
  return {
    storage: nodeFsStorage({ directory }),
    dispose: async () => rmSync(directory, { recursive: true, force: true }),
  };
});

for (const { name, run } of cases) {
  test(name, run);
}
