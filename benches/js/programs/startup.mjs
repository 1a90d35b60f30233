/* From the import to the first usable object, in a process that has done nothing else. */
import { pathToFileURL } from "node:url";
import { packedFolder } from "../../../scripts/shared/paths.mjs";
import { resolverOf } from "../install/cached.mjs";
import { program } from "./program.mjs";

const addressOf = (folder, name) => pathToFileURL(resolverOf(folder).resolve(name)).href;

const STARTS = {
  async ours() {
    const { Runtime } = await import(addressOf(packedFolder, "worker-runtime"));
    return Runtime.create();
  },
  async yjs(folder) {
    const { Doc } = await import(addressOf(folder, "yjs"));
    const doc = new Doc();
    doc.getArray("conversation");
    return doc;
  },
};

await program(async ({ subject, folder }) => {
  const cpu = process.cpuUsage();
  const before = performance.now();
  await STARTS[subject](folder);
  const ms = performance.now() - before;
  const { user, system } = process.cpuUsage(cpu);
  return { ms, cpu: (user + system) / 1e3 };
});
