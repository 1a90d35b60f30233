// The conformance kit on files and in memory, for hosts with the interfaces of Node.js.
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { memoryStorage } from "worker-runtime";
import { nodeFsStorage } from "worker-runtime/node-fs";
import { storageConformance } from "worker-runtime/testing";

const place = process.argv[2];

const kits = {
  memory: async () => ({ storage: memoryStorage() }),
  files: async () => {
    const directory = mkdtempSync(join(place, "kit-"));
    return {
      storage: nodeFsStorage({ directory }),
      dispose: async () => rmSync(directory, { recursive: true, force: true }),
    };
  },
};

async function run() {
  const failures = [];
  let cases = 0;
  for (const [name, make] of Object.entries(kits)) {
    for (const one of storageConformance(make)) {
      cases += 1;
      await one.run().catch((error) => failures.push(`${name}: ${one.name}: ${error.stack ?? error}`));
    }
  }
  return { cases, failures };
}

run().then((told) => console.log(JSON.stringify(told)));
