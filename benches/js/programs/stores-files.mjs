/* Appends to one store on files: node stores-files.mjs '{"name":"lmdb","folder":…,"directory":…}'. */
import { pathToFileURL } from "node:url";
import { resolverOf } from "../install/cached.mjs";
import { fromPackage, program } from "./program.mjs";
import { measureStore } from "./stores-appends.mjs";

async function ours(directory) {
  const { Runtime } = await fromPackage("worker-runtime");
  const { nodeFsStorage } = await fromPackage("worker-runtime/node-fs");
  const runtime = await Runtime.open({ storage: nodeFsStorage({ directory }) });
  const { workerRef } = await runtime.createWorker();
  return {
    append: (content) => runtime.sendInput(workerRef, { kind: "user", content }),
    close: () => runtime.close(),
  };
}

await program(async ({ name, folder, directory, rounds, alone }) => {
  const load = (wanted) => import(pathToFileURL(resolverOf(folder).resolve(wanted)).href);
  const store =
    name === "ours"
      ? await ours(directory)
      : await (await import(`../stores/${name}.mjs`)).open(load, directory);
  return measureStore(store, { rounds, alone });
});
