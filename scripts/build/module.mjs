// The crate as a WebAssembly module, beneath pkg/wasm. It imports nothing and exports functions of numbers, so that the
// JavaScript that wasm-bindgen writes for it is not needed.
import { readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "../shared/command.mjs";
import { npmCommand, packageFolder, root } from "../shared/paths.mjs";
import { withoutCustomSections } from "../size/sections.mjs";
import { exportsIn } from "./exports.mjs";

export const moduleFolder = join(packageFolder, "wasm");
export const moduleFile = join(moduleFolder, "worker_runtime_bg.wasm");
/** The same with the names of its functions, to see what it is made of. */
export const namedModuleFile = join(moduleFolder, "named.wasm");

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

/**
 * What the compiler leaves undone although it is told to optimise for size: counters beside those that a loop has, and
 * expressions computed earlier than needed so that one path computes them less.
 */
const COMPILER_FLAGS = ["-disable-lsr", "-enable-pre=0", "-enable-load-pre=0"]
  .map((option) => `-C llvm-args=${option}`)
  .join(" ");

/**
 * What is left to the optimiser: a function of a few instructions is put where it is called. That is no larger in brotli, and a function that is
 * called for the first time is compiled then, which costs the more the more there are.
 */
const INLINED = "--always-inline-max-function-size=12";

/**
 * And once more from a plain form, with other loops and a look at what several functions share; 1.4 % in brotli. Below 1 KiB is nothing but the end of
 * the stack, so that a small number can be added to an address by the instruction that uses it. What is said of alignment, which no
 * engine asks for on the processors of today, goes last: another 0.4 %, and 1.6 % where the module is inlined.
 */
const AGAIN = ["--low-memory-unused", "--flatten", "--rereloop", "-O3", "-Oz", "--dealign"];

const kibibytes = (path) => `${(statSync(path).size / 1024).toFixed(1)} KiB`;

/** Takes out whatever no function of the binding needs: what wasm-bindgen has for types that do not cross here. */
async function keepOnly(names, env) {
  const graph = join(moduleFolder, "exports.json");
  const reaches = names.map((name) => `export:${name}`);
  const roots = names.map((name) => ({ name: `export:${name}`, export: name }));
  writeFileSync(graph, JSON.stringify([{ name: "outside", reaches, root: true }, ...roots]));
  const args = [...FEATURES, "--debuginfo", "--graph-file", graph, moduleFile, "-o", moduleFile];
  await run(npmCommand("wasm-metadce"), args, { cwd: root, env, log: "wasm-metadce" });
  rmSync(graph);
}

export async function buildModule(env, report) {
  rmSync(moduleFolder, { recursive: true, force: true });
  const pack = ["build", "--profile", "module", "--no-pack", "--no-opt", "--mode", "no-install"];
  const out = ["--target", "bundler", "--out-dir", moduleFolder, "--out-name", "worker_runtime"];
  await run("wasm-pack", [...pack, ...out, join(root, "module"), "--", "--locked"], {
    cwd: root,
    env: { ...env, RUSTFLAGS: COMPILER_FLAGS },
    log: "wasm-pack",
    onLine: report,
  });
  // Both would reach the published package: a `.gitignore` of `*` empties it.
  for (const name of [".gitignore", "package.json"]) rmSync(join(moduleFolder, name), { force: true });

  report("wasm-opt");
  const compiled = kibibytes(moduleFile);
  await keepOnly(["memory", ...exportsIn(moduleFolder)], env);
  const options = ["-Oz", "--converge", INLINED, ...AGAIN, "--debuginfo", ...FEATURES];
  await run(npmCommand("wasm-opt"), [...options, moduleFile, "-o", namedModuleFile], {
    cwd: root,
    env,
    log: "wasm-opt",
  });
  writeFileSync(moduleFile, withoutCustomSections(readFileSync(namedModuleFile)));
  return `${compiled}, optimised ${kibibytes(moduleFile)}`;
}
