// The TypeScript sources as JavaScript and declarations in pkg/dist, with the generated files and the module itself.
import { copyFileSync, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "../shared/command.mjs";
import { npmCommand, packageFolder, root } from "../shared/paths.mjs";
import { moduleFile } from "./module.mjs";

const dist = join(packageFolder, "dist");

const MODULE_DECLARATION = `/**
 * What a host makes of an import of the module differs: a compiled module in some, an address or bytes in others.
 * \`initWasm\` takes each of them.
 */
declare const source: string | URL | BufferSource | WebAssembly.Module;
export default source;
`;

/**
 * Fills a folder beside `dist` and swaps the two, so that a reader never sees half a package. Type errors fail the
 * build; what the compiler emitted in spite of them is in place for trying out.
 */
export async function compilePackage() {
  const next = `${dist}.next`;
  const old = `${dist}.old`;
  rmSync(next, { recursive: true, force: true });
  mkdirSync(next, { recursive: true });
  copyFileSync(moduleFile, join(next, "worker_runtime.wasm"));
  writeFileSync(join(next, "worker_runtime.wasm.d.ts"), MODULE_DECLARATION);
  try {
    await run(npmCommand("tsc"), ["-p", packageFolder, "--outDir", next], { cwd: root, log: "tsc" });
  } finally {
    rmSync(old, { recursive: true, force: true });
    if (existsSync(dist)) renameSync(dist, old);
    renameSync(next, dist);
    rmSync(old, { recursive: true, force: true });
  }
}
