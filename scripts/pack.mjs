// The package as a user gets it: packed by npm and installed into an empty project, target/packed, which the tests
// reach by name. By itself: node scripts/pack.mjs
import {
  cpSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, relative } from "node:path";
import { pathToFileURL } from "node:url";
import { hashOf, unlessUnchanged } from "./build/inputs.mjs";
import { documentSources, withDocuments } from "./pack/documents.mjs";
import { withFolders } from "./pack/folders.mjs";
import { run } from "./shared/command.mjs";
import { packageFolder, packedFolder, root } from "./shared/paths.mjs";
import { main, step } from "./shared/progress.mjs";

const installed = join(packedFolder, "node_modules", "worker-runtime");

/** The tarball that `pack` left in target/packed. */
export function tarball() {
  const name = readdirSync(packedFolder).find((file) => file.endsWith(".tgz"));
  if (!name) throw new Error("the package is not packed: node scripts/pack.mjs");
  return join(packedFolder, name);
}

/** Of what the package does; its documentation may change without anything to try anew. */
export const packageHash = () =>
  hashOf({ files: [join(installed, "dist"), join(installed, "package.json")] });

async function packAndInstall() {
  const next = `${packedFolder}.next`;
  rmSync(next, { recursive: true, force: true });
  mkdirSync(next, { recursive: true });
  await withDocuments(() =>
    withFolders(() =>
      run("npm", ["pack", "--ignore-scripts", "--pack-destination", next], {
        cwd: packageFolder,
        log: "npm-pack",
      }),
    ),
  );
  writeFileSync(join(next, "package.json"), '{ "name": "empty", "private": true, "type": "module" }\n');
  const file = readdirSync(next).find((name) => name.endsWith(".tgz"));
  const options = [
    "--offline",
    "--ignore-scripts",
    "--no-package-lock",
    "--no-save",
    "--no-audit",
    "--no-fund",
  ];
  await run("npm", ["install", ...options, `./${file}`], { cwd: next, log: "npm-pack" });
  // With what is not published, by which tests reach what is inside the bundles.
  cpSync(join(packageFolder, "dist"), join(next, relative(packedFolder, installed), "dist"), {
    recursive: true,
  });
  rmSync(packedFolder, { recursive: true, force: true });
  renameSync(next, packedFolder);
  return file;
}

function linkForTests() {
  const link = join(root, "tests", "node_modules", "worker-runtime");
  mkdirSync(dirname(link), { recursive: true });
  if (!lstatSync(link, { throwIfNoEntry: false }))
    symlinkSync(relative(dirname(link), installed), link, "dir");
}

/** Packs and installs where the package has changed since. */
export async function pack() {
  const result = await unlessUnchanged(
    {
      name: "pack",
      files: [
        join(packageFolder, "dist"),
        join(packageFolder, "package.json"),
        join(root, "scripts", "pack.mjs"),
        join(root, "scripts", "pack"),
        ...documentSources,
      ],
      outputs: [join(installed, "package.json")],
    },
    packAndInstall,
  );
  linkForTests();
  return result;
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  await main(() => step("package", pack));
}
