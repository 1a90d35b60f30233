// What `npm test` runs: named stages, each in a group. A stage answers what its runner counted; it fails by throwing.
import { readFileSync } from "node:fs";
import { cpus } from "node:os";
import { join, relative } from "node:path";
import { tarball } from "../pack.mjs";
import { tryPackage } from "../packaging.mjs";
import { reference } from "../reference.mjs";
import { ensureNodePackages } from "../setup/node.mjs";
import { run } from "../shared/command.mjs";
import { npmCommand, root, targetFolder } from "../shared/paths.mjs";
import { budget } from "./budget.mjs";
import { cargoCounts, nodeCounts, onePassed } from "./counts.mjs";
import { nodeTestFiles, typeTestProjects, wasmTestNames } from "./files.mjs";

/** Alone: the benches bring dependencies that its tests do without. */
const CRATE = ["--package", "worker-runtime"];
const WASM_FEATURES = [
  ...CRATE,
  "--target",
  "wasm32-unknown-unknown",
  "--no-default-features",
  "--features",
  "wasm",
];
const WASM_TEST_SECONDS = "300";

const command = (program, args, { env, log, report }) =>
  run(program, args, { cwd: root, env, log, onLine: report });

/** A stage that only fails or passes. */
const check = (group, name, program, args, more = {}, { cwd = root } = {}) => ({
  group,
  name,
  async run({ env, report }) {
    await run(program, args, { cwd, env: { ...env, ...more }, log: `test-${name}`, onLine: report });
    return onePassed;
  },
});

function someOf(found, what) {
  if (found.length === 0) throw new Error(`there are no ${what}`);
  return found;
}

/** Counts are read from a failing runner's summary too. */
async function counted(counts, work) {
  try {
    return counts(await work());
  } catch (error) {
    if (error.output !== undefined) error.counts = counts(error.output);
    throw error;
  }
}

const rustTests = {
  group: "rust",
  name: "rust-tests",
  run: ({ env, report }) =>
    counted(cargoCounts, () =>
      command("cargo", ["test", "--locked", ...CRATE, "--all-features", "--no-fail-fast"], {
        env,
        log: "test-rust-tests",
        report,
      }),
    ),
};

/** The crate as cargo packs it, which builds by itself, and whose links lead somewhere. */
const crate = {
  group: "rust",
  name: "crate",
  async run({ env, report }) {
    const log = "test-crate";
    // Packing looks for newer dependencies wherever it may; those that are locked are all it needs.
    await command("cargo", ["fetch", "--locked"], { env, log, report });
    await command(
      "cargo",
      ["package", "--locked", "--offline", "--allow-dirty", "--features", "transfer", ...CRATE],
      {
        env,
        log,
        report,
      },
    );
    const [, version] = /^version = "(.+)"$/m.exec(readFileSync(join(root, "Cargo.toml"), "utf8"));
    const packed = join(targetFolder, "package", `worker-runtime-${version}.crate`);
    await command(process.execPath, ["scripts/check-packed-links.mjs", packed], { env, log, report });
    return onePassed;
  },
};

const SIMULATION = [
  "test",
  "--locked",
  ...CRATE,
  "--profile",
  "simulation",
  "--all-features",
  "--test",
  "simulation",
];

/** The simulation again, with as many seeds as an optimised build is good for. */
const simulation = {
  group: "rust",
  name: "simulation",
  run: ({ env, report }) =>
    counted(cargoCounts, () => command("cargo", SIMULATION, { env, log: "test-simulation", report })),
};

const wasmTests = (name, host) => ({
  group: "wasm",
  name,
  run({ env, report }) {
    const programs = someOf(wasmTestNames(), "tests for the module").flatMap((test) => ["--test", test]);
    const runner = { CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER: "wasm-bindgen-test-runner" };
    const waits = { WASM_BINDGEN_TEST_TIMEOUT: WASM_TEST_SECONDS };
    return counted(cargoCounts, () =>
      command("cargo", ["test", "--locked", ...WASM_FEATURES, ...programs], {
        env: { ...env, ...runner, ...waits, ...host },
        log: `test-${name}`,
        report,
      }),
    );
  },
});

/** Tests of adapters that bring a database or another host with them. */
const ofAdapters = (file) => /storage\/(?:sqlite|postgres|level|durable-object)\//.test(file);

const nodeTests = (
  group,
  folder,
  concurrency,
  { name = group, belongs = () => true, prepare, timeoutMs = 300_000 } = {},
) => ({
  group,
  name,
  needsPackage: true,
  async run({ env, report }) {
    await prepare?.({ env, report });
    const files = someOf(nodeTestFiles(folder).filter(belongs), `tests/${folder}/**/*.test.mjs`).map((file) =>
      relative(root, file),
    );
    const options = [
      "--test",
      "--test-reporter=spec",
      `--test-concurrency=${concurrency}`,
      `--test-timeout=${timeoutMs}`,
    ];
    return counted(nodeCounts, () =>
      command(process.execPath, [...options, ...files], { env, log: `test-${name}`, report }),
    );
  },
});

/** Tests of the page, some of which count its frames. */
const ofPage = (file) => /e2e\/page\//.test(file);

/** The simulation's seeds drive the package, too. */
const ofSimulation = (file) => /js\/simulation\//.test(file);

/** Built before any test waits for it. */
const buildSimulation = ({ env, report }) =>
  command("cargo", [...SIMULATION, "--no-run"], { env, log: "test-js-simulation", report });

const typeTests = {
  group: "types",
  name: "types",
  needsPackage: true,
  async run({ env, report }) {
    const projects = someOf(typeTestProjects(), "tests/types/*/tsconfig.json");
    for (const project of projects) {
      await command(npmCommand("tsc"), ["-p", project, "--noEmit"], { env, log: "test-types", report });
    }
    return { passed: projects.length, failed: 0, skipped: 0 };
  },
};

const onTarball = (name, program, args) => ({
  group: "package",
  name,
  needsPackage: true,
  async run({ env, report }) {
    await command(program, [...args, tarball()], { env, log: `test-${name}`, report });
    return onePassed;
  },
});

const packaging = {
  group: "packaging",
  name: "packaging",
  needsPackage: true,
  async run({ report }) {
    const { counts, failures } = await tryPackage([], report);
    if (failures.length === 0) return counts;
    const error = new Error(`${failures.length} cells have failed`);
    throw Object.assign(error, { counts, output: failures.join("\n\n") });
  },
};

/** The committed reference is what the declarations say, without a warning. */
const referenceCheck = {
  group: "docs",
  name: "reference",
  needsPackage: true,
  async run({ report }) {
    await reference(true, report);
    return onePassed;
  },
};

const component = join(root, "component");
const inComponent = { cwd: component };

/** Built before what waits for it. */
const componentBuild = {
  group: "component",
  name: "component",
  async run({ env, report }) {
    await ensureNodePackages(report, component);
    await command(process.execPath, ["component/build.mjs"], { env, log: "test-component", report });
    return onePassed;
  },
};

/** The component's linters, and its tests in wasmtime. */
const componentStages = [
  check("component", "component-fmt", "cargo", ["fmt", "--check", "--all"], {}, inComponent),
  check(
    "component",
    "component-clippy",
    "cargo",
    ["clippy", "--locked", "--workspace", "--all-targets", "--", "-D", "warnings"],
    {},
    inComponent,
  ),
  {
    group: "component",
    name: "wasmtime",
    run: ({ env, report }) =>
      counted(cargoCounts, () =>
        run("cargo", ["test", "--locked", "-p", "worker-runtime-wasmtime"], {
          ...inComponent,
          env,
          log: "test-wasmtime",
          onLine: report,
        }),
      ),
  },
];

const docs = { RUSTDOCFLAGS: "-D warnings" };
const half = Math.max(1, Math.floor(cpus().length / 2));

export const stages = [
  check("rules", "rules", process.execPath, ["scripts/check-rules.mjs"]),
  check("rules", "licences", process.execPath, ["scripts/check-licences.mjs"]),
  check("lint", "biome", npmCommand("biome"), ["check", "--error-on-warnings", "."]),
  check("lint", "rustfmt", "cargo", ["fmt", "--all", "--check", "--", "--color", "never"]),
  wasmTests("wasm-node", {}),
  componentBuild,
  check("lint", "clippy", "cargo", [
    "clippy",
    "--locked",
    "--all-targets",
    "--all-features",
    "--",
    "-D",
    "warnings",
  ]),
  check("lint", "clippy-core", "cargo", [
    "clippy",
    "--locked",
    ...CRATE,
    "--no-default-features",
    "--",
    "-D",
    "warnings",
  ]),
  check("lint", "clippy-wasm", "cargo", [
    "clippy",
    "--locked",
    "--all-targets",
    ...WASM_FEATURES,
    "--",
    "-D",
    "warnings",
  ]),
  check("lint", "clippy-module", "cargo", [
    "clippy",
    "--locked",
    "--package",
    "worker-runtime-module",
    "--target",
    "wasm32-unknown-unknown",
    "--",
    "-D",
    "warnings",
  ]),
  check("lint", "rustdoc", "cargo", ["doc", "--locked", ...CRATE, "--no-deps", "--all-features"], docs),
  rustTests,
  crate,
  simulation,
  wasmTests("wasm-chromium", { WASM_BINDGEN_USE_BROWSER: "1" }),
  onTarball("packed-links", process.execPath, ["scripts/check-packed-links.mjs"]),
  onTarball("publint", npmCommand("publint"), ["run", "--strict"]),
  onTarball("attw", npmCommand("attw"), [
    "--profile",
    "esm-only",
    "--exclude-entrypoints",
    "./worker_runtime.wasm",
    "--no-color",
    "--",
  ]),
  typeTests,
  referenceCheck,
  nodeTests("js", "js", half, { belongs: (file) => !ofAdapters(file) && !ofSimulation(file) }),
  nodeTests("adapters", "js", 1, { belongs: ofAdapters }),
  ...componentStages,
  nodeTests("component", "component", 1, { name: "component-node" }),
  nodeTests("js", "js", 1, {
    name: "js-simulation",
    belongs: ofSimulation,
    prepare: buildSimulation,
    timeoutMs: 1_800_000,
  }),
  nodeTests("e2e", "e2e", 1, { name: "e2e-indexeddb", belongs: (file) => !ofPage(file) }),
  nodeTests("e2e", "e2e", 1, { name: "e2e-page", belongs: ofPage }),
  packaging,
  budget,
];
