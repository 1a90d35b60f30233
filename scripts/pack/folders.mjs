// For resolvers that do not know `exports`, such as Parcel's by default: a folder for each entry point, which says where it is.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { packageFolder } from "../shared/paths.mjs";

/** The manifests of the folders: path in the package and content. */
function manifests() {
  const { exports } = JSON.parse(readFileSync(join(packageFolder, "package.json"), "utf8"));
  return Object.entries(exports)
    .filter(([name, { default: script }]) => name !== "." && script?.endsWith(".js"))
    .map(([name, { types, default: script }]) => ({
      path: join(packageFolder, name, "package.json"),
      content: { types: `.${types}`, main: `.${script}` },
    }));
}

/** Has `run` run while the folders are in the package's. */
export async function withFolders(run) {
  const all = manifests();
  try {
    for (const { path, content } of all) {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, `${JSON.stringify(content, null, 2)}\n`);
    }
    return await run();
  } finally {
    for (const { path } of all) rmSync(dirname(path), { recursive: true, force: true });
  }
}
