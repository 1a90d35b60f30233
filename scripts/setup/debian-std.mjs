// The standard library for wasm32-unknown-unknown, built with Debian's compiler, which ships its source only.
import { cpSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ask, run } from "../shared/command.mjs";
import { Unavailable } from "../shared/unavailable.mjs";
import { isRoot } from "./debian.mjs";

const TARGET = "wasm32-unknown-unknown";

/**
 * Builds the library with the compiler of `env` and puts it beneath that compiler's sysroot. Bitcode is embedded
 * because link-time optimisation needs it, and `test` is built because the module's own tests need it.
 */
export async function buildStandardLibrary(env, report) {
  if (!isRoot()) {
    throw new Unavailable(
      `The standard library for ${TARGET} belongs beneath the compiler's own folder, which only root may write. Run the set-up once as root:\n    sudo node scripts/setup.mjs`,
    );
  }
  const sysroot = ask("rustc", ["--print", "sysroot"], { env });
  const folder = mkdtempSync(join(tmpdir(), "worker-runtime-std-"));
  try {
    mkdirSync(join(folder, "src"));
    writeFileSync(join(folder, "src", "lib.rs"), "#![no_std]\n");
    writeFileSync(
      join(folder, "Cargo.toml"),
      '[package]\nname = "empty"\nversion = "0.0.0"\nedition = "2021"\n\n[workspace]\n',
    );
    report("building the standard library");
    const args = ["build", "--release", "--target", TARGET, "-Z", "build-std=std,panic_abort,test"];
    await run("cargo", args, {
      cwd: folder,
      env: {
        ...env,
        RUSTC_BOOTSTRAP: "1",
        RUSTFLAGS: "-C embed-bitcode=yes",
        CARGO_TARGET_DIR: join(folder, "target"),
      },
      log: "standard-library",
      onLine: report,
    });
    install(join(folder, "target", TARGET, "release", "deps"), join(sysroot, "lib", "rustlib", TARGET));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Puts the libraries in place as a whole, so that an interrupted run leaves none or all of them. */
function install(built, place) {
  const next = `${place}.next`;
  rmSync(next, { recursive: true, force: true });
  mkdirSync(join(next, "lib"), { recursive: true });
  for (const name of readdirSync(built)) {
    if (name.endsWith(".rlib") && !name.startsWith("libempty-"))
      cpSync(join(built, name), join(next, "lib", name));
  }
  rmSync(place, { recursive: true, force: true });
  renameSync(next, place);
}
