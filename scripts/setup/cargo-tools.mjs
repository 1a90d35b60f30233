// Commands that cargo compiles once and that are kept in the user's cache: wasm-bindgen and wasm-pack.
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { CommandFailed, run } from "../shared/command.mjs";
import { cacheFolder, root } from "../shared/paths.mjs";
import { Unavailable } from "../shared/unavailable.mjs";
import { findCompiler } from "./compiler.mjs";
import { pinned } from "./pinned.mjs";

const commandOf = { "wasm-bindgen-cli": "wasm-bindgen", "wasm-pack": "wasm-pack" };

/** Where the pinned version of the tool `name` is installed. */
export const toolFolder = (name) => join(cacheFolder, "tools", `${name}-${pinned.cargo[name]}`);

/**
 * Compiles the tool where it is not in the cache yet. A debug build: it compiles in less than half the time and is
 * quick enough for a module of this size.
 */
export async function ensureCargoTool(name, report) {
  const version = pinned.cargo[name];
  const folder = toolFolder(name);
  if (existsSync(join(folder, "bin", commandOf[name]))) return version;

  const next = `${folder}.next`;
  mkdirSync(next, { recursive: true });
  const env = { ...findCompiler().env, CARGO_PROFILE_DEV_DEBUG: "0", CARGO_TARGET_DIR: join(next, "target") };
  const install = (...more) =>
    run("cargo", ["install", "--debug", ...more, "--root", next, `${name}@${version}`], {
      cwd: next,
      env,
      log: name,
      onLine: report,
    });
  try {
    // The versions that the tool was released with, or, where a registry's copy lacks one of them, compatible ones.
    await install("--locked").catch((error) => {
      if (error instanceof CommandFailed) return install();
      throw error;
    });
  } catch (error) {
    throw new Unavailable(
      `${name} ${version} could not be compiled. Check that cargo reaches its registry and that a C compiler is installed (Debian: build-essential), then run this again.\n${error.message}`,
    );
  }
  rmSync(join(next, "target"), { recursive: true, force: true });
  rmSync(folder, { recursive: true, force: true });
  renameSync(next, folder);
  return `${version} compiled`;
}

/** The command and the library of wasm-bindgen must be of one version: they share an unstable format. */
export function ensureSameWasmBindgen() {
  const lock = readFileSync(join(root, "Cargo.lock"), "utf8");
  const library = /name = "wasm-bindgen"\nversion = "([^"]+)"/.exec(lock)?.[1];
  const command = pinned.cargo["wasm-bindgen-cli"];
  if (library !== command) {
    throw new Unavailable(
      `Cargo.lock has wasm-bindgen ${library}, scripts/tools.json has wasm-bindgen-cli ${command}: set both to one version.`,
    );
  }
  return `wasm-bindgen ${command}`;
}
