// The crate as a WebAssembly module with wasm-bindgen's own JavaScript, beneath pkg/wasm.
import { renameSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { run } from "../shared/command.mjs";
import { npmCommand, packageFolder, root } from "../shared/paths.mjs";

export const moduleFolder = join(packageFolder, "wasm");
export const moduleFile = join(moduleFolder, "worker_runtime_bg.wasm");

/** What the compiler emits today for wasm32-unknown-unknown; nothing else may come in by optimising. */
const FEATURES = [
  "bulk-memory",
  "bulk-memory-opt",
  "call-indirect-overlong",
  "multivalue",
  "mutable-globals",
  "nontrapping-float-to-int",
  "reference-types",
  "sign-ext",
].map((name) => `--enable-${name}`);

const kibibytes = (path) => `${(statSync(path).size / 1024).toFixed(1)} KiB`;

export async function buildModule(env, report) {
  rmSync(moduleFolder, { recursive: true, force: true });
  const pack = ["build", "--release", "--no-pack", "--no-opt", "--mode", "no-install", "--target", "bundler"];
  const out = ["--out-dir", moduleFolder, "--out-name", "worker_runtime"];
  const cargo = ["--", "--locked", "--no-default-features", "--features", "wasm"];
  await run("wasm-pack", [...pack, ...out, root, ...cargo], {
    cwd: root,
    env,
    log: "wasm-pack",
    onLine: report,
  });
  // Both would reach the published package: a `.gitignore` of `*` empties it.
  for (const name of [".gitignore", "package.json"]) rmSync(join(moduleFolder, name), { force: true });

  report("wasm-opt");
  const compiled = kibibytes(moduleFile);
  const optimised = `${moduleFile}.opt`;
  const strip = ["--strip-debug", "--strip-producers", "--strip-target-features"];
  await run(npmCommand("wasm-opt"), ["-O3", ...FEATURES, ...strip, moduleFile, "-o", optimised], {
    cwd: root,
    env,
    log: "wasm-opt",
  });
  renameSync(optimised, moduleFile);
  return `${compiled}, optimised ${kibibytes(moduleFile)}`;
}
