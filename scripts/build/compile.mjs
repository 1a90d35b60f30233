// The TypeScript sources as JavaScript and declarations in pkg/dist, with the generated files and the module itself. What the
// compiler makes of each source stands in pkg/modules; in pkg/dist it is bundled.
import { copyFileSync, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "../shared/command.mjs";
import { npmCommand, packageFolder, root } from "../shared/paths.mjs";
import { bundle } from "./bundle.mjs";
import { moduleFile } from "./module.mjs";

const dist = join(packageFolder, "dist");
const modules = join(packageFolder, "modules");

const MODULE_DECLARATION = `/**
 * What a host makes of an import of the module differs: a compiled module in some, an address or bytes in others.
 * \`initWasm\` takes each of them.
 */
declare const source: string | URL | BufferSource | WebAssembly.Module;
export default source;
`;

/** An empty folder beside `folder`. */
function beside(folder) {
  const next = `${folder}.next`;
  rmSync(next, { recursive: true, force: true });
  mkdirSync(next, { recursive: true });
  return next;
}

/** Puts what was made beside `folder` in its place, so that a reader never sees half of it. */
function replace(folder) {
  const old = `${folder}.old`;
  rmSync(old, { recursive: true, force: true });
  if (existsSync(folder)) renameSync(folder, old);
  renameSync(`${folder}.next`, folder);
  rmSync(old, { recursive: true, force: true });
}

/** Type errors fail the build; what the compiler emitted in spite of them is in place for trying out. */
export async function compilePackage() {
  const [nextModules, nextDist] = [beside(modules), beside(dist)];
  for (const folder of [nextModules, nextDist]) copyFileSync(moduleFile, join(folder, "worker_runtime.wasm"));
  writeFileSync(join(nextDist, "worker_runtime.wasm.d.ts"), MODULE_DECLARATION);
  const folders = ["--outDir", nextModules, "--declarationDir", nextDist];
  const compiled = run(npmCommand("tsc"), ["-p", packageFolder, ...folders], { cwd: root, log: "tsc" });
  await compiled.catch(() => undefined);
  replace(modules);
  try {
    await bundle(modules, nextDist);
    replace(dist);
  } finally {
    await compiled;
  }
}
