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
          files: [here("Cargo.toml"), here("Cargo.lock"), here("src"), script("module.mjs"), ...tools],
          text: ask("rustc", ["-vV"], { env, cwd: root }),
          outputs: [join(moduleFolder, "worker_runtime_bg.wasm")],
        },
        () => buildModule(env, report),
      ),
    );
    await step("glue", () =>
      unlessUnchanged(
        {
          name: "glue",
          files: [moduleFolder, script("glue.mjs"), script("generate.mjs")],
          outputs: ["glue.js", "glue.d.ts", "wasm-bytes.ts"].map((name) => join(generatedFolder, name)),
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
            script("compile.mjs"),
            ...tools,
          ],
          outputs: [join(packageFolder, "dist", "worker_runtime.wasm")],
        },
        compilePackage,
      ),
    );
  }),
);
