/** The simulation of the crate's tests, as a program that writes scripts down. */
import { execFile, spawn } from "node:child_process";
import { createReadStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const root = fileURLToPath(new URL("../../..", import.meta.url));

/** How the simulation is built: as the stage that runs it alone does. */
const BUILD = [
  "test",
  "--locked",
  "--package",
  "worker-runtime",
  "--profile",
  "simulation",
  "--all-features",
  "--test",
  "simulation",
  "--no-run",
];

let built;

/** The program, built where it is not up to date. */
export function program() {
  built ??= build();
  return built;
}

async function build() {
  const options = { cwd: root, maxBuffer: 64 * 1024 * 1024 };
  const { stdout } = await promisify(execFile)("cargo", [...BUILD, "--message-format=json"], options);
  const found = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line))
    .find(({ executable, target }) => executable && target.name === "simulation");
  return found.executable;
}

function run(program, environment) {
  const env = { ...process.env, ...environment };
  const child = spawn(program, ["--exact", "scripts::scripts"], { cwd: root, env, stdio: "pipe" });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text) => {
      said += text;
    });
  }
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => (code === 0 ? resolve() : reject(new Error(said))));
  });
}

/**
 * The values that a script is made of, script after script, for the seeds from `first` to before `last` in which
 * runtimes do as the package does. With `hasWords` what is to be seen in each step is among them.
 */
export async function* scripts(program, first, last, hasWords = false) {
  const folder = await mkdtemp(join(tmpdir(), "simulation-"));
  const file = join(folder, "scripts");
  try {
    await run(program, {
      SIMULATION_SCRIPTS: file,
      SIMULATION_FIRST: first,
      SIMULATION_LAST: last,
      SIMULATION_TRACE: hasWords ? 1 : 0,
    });
    for await (const line of createInterface({ input: createReadStream(file) })) {
      yield JSON.parse(line);
    }
  } finally {
    await rm(folder, { recursive: true });
  }
}
