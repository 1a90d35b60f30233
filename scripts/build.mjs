// Builds the package: the module by wasm-pack, what is generated from it, and the TypeScript sources around it.
// A step whose inputs have not changed is skipped.
import { join } from "node:path";
import { compilePackage } from "./build/compile.mjs";
import { generate, generatedFolder } from "./build/generate.mjs";
import { unlessUnchanged } from "./build/inputs.mjs";
import { withBuildLock } from "./build/lock.mjs";
import { buildModule, moduleFolder } from "./build/module.mjs";
import { toolEnvironment } from "./setup/environment.mjs";
import { ask } from "./shared/command.mjs";
import { packageFolder, root } from "./shared/paths.mjs";
import { main, step } from "./shared/progress.mjs";

const here = (...parts) => join(root, ...parts);

await main(() =>
  withBuildLock(async () => {
    const env = toolEnvironment();
    const tools = [here("scripts", "tools.json"), here("package-lock.json")];
    const script = (name) => here("scripts", "build", name);
    await step("module", (report) =>
      unlessUnchanged(
        {
          name: "module",
          files: [
            here("Cargo.toml"),
            here("Cargo.lock"),
            here("src"),
            here("module"),
            script("module.mjs"),
            here("scripts", "size", "sections.mjs"),
            here("scripts", "shared", "wasm-binary.mjs"),
            script("exports.mjs"),
            ...tools,
          ],
          text: ask("rustc", ["-vV"], { env, cwd: root }),
          outputs: [join(moduleFolder, "worker_runtime_bg.wasm")],
        },
        () => buildModule(env, report),
      ),
    );
    await step("bytes", () =>
      unlessUnchanged(
        {
          name: "bytes",
          files: [
            moduleFolder,
            join(packageFolder, "src", "core", "boundary.ts"),
            ...["ascii.mjs", "inlined.mjs", "opcodes.mjs", "reader.mjs", "split.mjs"].map(script),
            here("scripts", "shared", "wasm-binary.mjs"),
            ...tools,
            script("exports.mjs"),
            script("generate.mjs"),
          ],
          outputs: [join(generatedFolder, "wasm-bytes.ts")],
        },
        generate,
      ),
    );
    await step("TypeScript", () =>
      unlessUnchanged(
        {
          name: "typescript",
          files: [
            join(packageFolder, "src"),
            join(packageFolder, "tsconfig.json"),
            here("tsconfig.base.json"),
            script("bundle.mjs"),
            script("compile.mjs"),
            ...tools,
          ],
          outputs: [join(packageFolder, "dist", "worker_runtime.wasm"), join(packageFolder, "modules")],
        },
        compilePackage,
      ),
    );
  }),
);
