// Builds the component: the crate as a module, then, with wasm-tools, the component around it, then what Node.js runs.
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { transpile } from "@bytecodealliance/jco-transpile";
import { componentNew } from "@bytecodealliance/jco-transpile/wasm-tools";
import { toolEnvironment } from "../scripts/setup/environment.mjs";
import { run } from "../scripts/shared/command.mjs";
import { main, step } from "../scripts/shared/progress.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const target = join(here, "target");
const moduleFile = join(target, "wasm32-unknown-unknown", "release", "worker_runtime_component.wasm");
const componentFile = join(target, "worker_runtime.component.wasm");
const nodeFolder = join(target, "node");

/** Where the transpiled component finds what it imports. */
const imports = {
  "worker-runtime:runtime/storage": "../../node/imports.mjs#storage",
  "worker-runtime:runtime/host": "../../node/imports.mjs#host",
};

const kib = (bytes) => `${(bytes.length / 1024).toFixed(1)} KiB`;

await main(async () => {
  await step("component module", async (report) => {
    const program = ["build", "--locked", "--release", "--target", "wasm32-unknown-unknown", "-p"];
    await run("cargo", [...program, "worker-runtime-component"], {
      cwd: here,
      env: { ...toolEnvironment(), CARGO_TARGET_DIR: target },
      log: "component-module",
      onLine: report,
    });
    return kib(await readFile(moduleFile));
  });
  await step("component", async () => {
    const component = await componentNew(await readFile(moduleFile));
    await writeFile(componentFile, component);
    return kib(component);
  });
  await step("component for Node.js", async () => {
    const { files } = await transpile(componentFile, {
      name: "component",
      map: imports,
      outDir: nodeFolder,
    });
    await rm(nodeFolder, { recursive: true, force: true });
    const entries = files instanceof Map ? [...files] : Object.entries(files);
    for (const [path, content] of entries) {
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, content);
    }
    return `${entries.length} files`;
  });
});
