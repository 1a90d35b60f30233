// A Rust compiler that can build for wasm32-unknown-unknown: the user's own, the user's own after
// `rustup target add`, or Debian's with a standard library built here once.
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { homedir, tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { ask, run, which } from "../shared/command.mjs";
import { cacheFolder, root } from "../shared/paths.mjs";
import { Unavailable } from "../shared/unavailable.mjs";
import { hasApt, installDebianPackages } from "./debian.mjs";
import { buildStandardLibrary } from "./debian-std.mjs";
import { pinned } from "./pinned.mjs";

export const WASM_TARGET = "wasm32-unknown-unknown";
const RUSTUP_TIMEOUT_MS = 180_000;
const DEBIAN_BIN = "/usr/bin";
const DEBIAN_COMPILER = ["cargo", "rustc"];
const DEBIAN_LINTERS = ["rustfmt", "cargo-fmt", "cargo-clippy", "clippy-driver"];

/** The oldest compiler that the crate declares to build with, as `major.minor`. */
const oldestRust = () =>
  /^rust-version = "(\d+\.\d+)/m.exec(readFileSync(join(root, "Cargo.toml"), "utf8"))?.[1];

const minorOf = (version) => Number(/\b1\.(\d+)/.exec(version)?.[1] ?? 0);

/**
 * A folder with Debian's Rust commands and nothing else, to stand first on the `PATH`: before rustup's, without
 * putting every other program of the system before the user's.
 */
function debianCommands() {
  const folder = join(cacheFolder, "debian-rust");
  mkdirSync(folder, { recursive: true });
  for (const name of [...DEBIAN_COMPILER, "rustdoc", ...DEBIAN_LINTERS]) {
    const link = join(folder, name);
    if (existsSync(join(DEBIAN_BIN, name)) && !existsSync(link)) {
      rmSync(link, { force: true });
      symlinkSync(join(DEBIAN_BIN, name), link);
    }
  }
  return folder;
}

/** cargo takes subcommands from its own home first, unless that stands on the `PATH` too; here it stands last. */
function debianEnvironment() {
  const cargoHome = process.env.CARGO_HOME || join(homedir(), ".cargo");
  const folders = [debianCommands(), process.env.PATH, join(cargoHome, "bin")];
  return { ...process.env, PATH: folders.join(delimiter) };
}

const isDebian = () => which("dpkg") !== undefined;

/** The compilers worth asking, in order of preference, as environments. */
function candidates() {
  const debians = isDebian() && DEBIAN_COMPILER.every((name) => existsSync(join(DEBIAN_BIN, name)));
  const found = [];
  if (!debians || which("rustc") !== join(DEBIAN_BIN, "rustc")) {
    found.push({ name: "on the PATH", debian: false, env: { ...process.env } });
  }
  if (debians) found.push({ name: "Debian's", debian: true, env: debianEnvironment() });
  return found;
}

/** Whether the compiler of `env` links a module that uses the standard library. */
function linksModules(env) {
  const folder = mkdtempSync(join(tmpdir(), "worker-runtime-probe-"));
  try {
    const source = join(folder, "probe.rs");
    writeFileSync(
      source,
      '#[unsafe(no_mangle)] pub extern "C" fn f() -> usize { std::env::args().count() }\n',
    );
    const args = [
      "--edition=2024",
      "--crate-type=cdylib",
      `--target=${WASM_TARGET}`,
      "--out-dir",
      folder,
      source,
    ];
    return ask("rustc", args, { env, cwd: folder }) !== undefined;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function describeCompiler(candidate) {
  const version = ask("rustc", ["--version"], { env: candidate.env, cwd: root });
  const cargo = ask("cargo", ["--version"], { env: candidate.env, cwd: root });
  return version && cargo ? { ...candidate, version } : undefined;
}

/**
 * The compiler to use and the environment to run it in, or `undefined` where none can build modules yet.
 * @returns {{ name: string, debian: boolean, env: NodeJS.ProcessEnv, version: string } | undefined}
 */
export function findCompiler() {
  const oldest = minorOf(oldestRust() ?? "");
  for (const candidate of candidates()) {
    const compiler = describeCompiler(candidate);
    if (compiler && minorOf(compiler.version) >= oldest && linksModules(compiler.env)) return compiler;
  }
  return undefined;
}

async function addTargetWithRustup(report) {
  if (which("rustup") === undefined) return;
  report(`rustup target add ${WASM_TARGET}`);
  const env = { ...process.env, RUSTUP_MAX_RETRIES: "1" };
  const options = { env, cwd: root, log: "rustup", timeoutMs: RUSTUP_TIMEOUT_MS };
  // Where it cannot be downloaded the way over Debian's compiler follows, so the failure is not the last word.
  await run("rustup", ["target", "add", WASM_TARGET], options).catch(() => {});
}

async function installDebianCompiler(report) {
  await installDebianPackages(pinned.debian.compiler, "Building the WebAssembly module", report);
  const linker = ask("readlink", [join(DEBIAN_BIN, "rust-lld")])?.match(/lld-\d+/)?.[0];
  if (!linker)
    throw new Unavailable(
      `${DEBIAN_BIN}/rust-lld of the package rust-web-llvm does not name an lld package.`,
    );
  if (!existsSync(join(DEBIAN_BIN, linker))) {
    await installDebianPackages([linker], "Linking the WebAssembly module", report);
  }
  const env = debianEnvironment();
  const version = ask("rustc", ["--version"], { env }) ?? "";
  const oldest = oldestRust();
  if (minorOf(version) < minorOf(oldest ?? "")) {
    throw new Unavailable(
      `Debian's compiler is "${version}", and the crate needs ${oldest}: install Rust with rustup.`,
    );
  }
  if (!linksModules(env)) await buildStandardLibrary(env, report);
}

export async function ensureCompiler(report) {
  let compiler = findCompiler();
  if (!compiler) {
    await addTargetWithRustup(report);
    compiler = findCompiler();
  }
  if (!compiler) {
    if (!hasApt()) {
      throw new Unavailable(
        `There is no Rust compiler that builds for ${WASM_TARGET}. Install Rust ${oldestRust()} or newer (https://rustup.rs), run\n    rustup target add ${WASM_TARGET}\nand then this again. (On Debian the set-up can use Debian's compiler instead.)`,
      );
    }
    await installDebianCompiler(report);
    compiler = findCompiler();
  }
  if (!compiler) {
    throw new Unavailable(
      `A compiler for ${WASM_TARGET} was set up, but it does not build a module (see target/logs).`,
    );
  }
  return `${compiler.version} (${compiler.name})`;
}

const hasLinters = ({ debian, env }) =>
  debian
    ? DEBIAN_LINTERS.every((name) => existsSync(join(DEBIAN_BIN, name)))
    : ["fmt", "clippy"].every((command) => ask("cargo", [command, "--version"], { env, cwd: root }));

/** rustfmt and clippy of the compiler in use. */
export async function ensureLinters(report) {
  const compiler = findCompiler();
  if (hasLinters(compiler)) return "there";
  if (compiler.debian) {
    await installDebianPackages(pinned.debian.linters, "Checking the Rust sources", report);
    debianCommands();
  } else if (which("rustup")) {
    report("rustup component add rustfmt clippy");
    await run("rustup", ["component", "add", "rustfmt", "clippy"], { cwd: root, log: "rustup" }).catch(
      () => {},
    );
  }
  if (!hasLinters(compiler)) {
    throw new Unavailable(
      "rustfmt and clippy are missing. Install them for your compiler (rustup component add rustfmt clippy) and run this again.",
    );
  }
  return "installed";
}
