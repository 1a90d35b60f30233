// Writes the API reference, docs/api, from the package's declarations; a warning fails it. With `--check` nothing is
// written, and what is there has to be what would be. By itself: npm run reference
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { pack } from "./pack.mjs";
import { ensureNodePackages } from "./setup/node.mjs";
import { run } from "./shared/command.mjs";
import { packageFolder, root, targetFolder } from "./shared/paths.mjs";
import { main, step } from "./shared/progress.mjs";

const folder = join(root, "docs", "api");
const tools = join(root, "scripts", "reference");

/** "worker-runtime" and "worker-runtime/slim" have the same names; the latter's declarations are those of the classes themselves. */
async function entries() {
  const { name, exports } = JSON.parse(await readFile(join(packageFolder, "package.json"), "utf8"));
  return Object.entries(exports)
    .filter(([path, entry]) => path !== "./slim" && entry.types?.startsWith("./dist/entry/"))
    .map(([path, { types }]) => ({
      name: path === "." ? name : path.slice("./".length),
      specifier: join(name, path),
      declarations: join(packageFolder, path === "." ? exports["./slim"].types : types),
    }));
}

/** Has typedoc write the reference of `listed` into `out`. */
async function generate(listed, out, report) {
  await ensureNodePackages(report, tools);
  await mkdir(targetFolder, { recursive: true });
  const work = await mkdtemp(join(targetFolder, "reference-"));
  try {
    const files = [];
    for (const { name, specifier, declarations } of listed) {
      const file = join(work, `${name}.ts`);
      const from = JSON.stringify(declarations.replace(/\.d\.ts$/, ".js"));
      await writeFile(
        file,
        `/**\n * \`import … from "${specifier}"\`\n * @module ${name}\n */\nexport * from ${from};\n`,
      );
      files.push(file);
    }
    const compilerOptions = {
      target: "ES2022",
      module: "nodenext",
      lib: ["ES2022", "ESNext.Disposable", "DOM", "DOM.AsyncIterable"],
      types: [],
      strict: true,
      noEmit: true,
    };
    await writeFile(join(work, "package.json"), JSON.stringify({ type: "module" }));
    await writeFile(join(work, "tsconfig.json"), JSON.stringify({ compilerOptions, files }));
    const options = {
      tsconfig: join(work, "tsconfig.json"),
      entryPoints: files,
      out,
      plugin: ["typedoc-plugin-markdown"],
      outputFileStrategy: "modules",
      readme: "none",
      name: "worker-runtime: reference",
      hideBreadcrumbs: true,
      hidePageHeader: true,
      disableSources: true,
      treatWarningsAsErrors: true,
      // Of the platform's own declarations, not of the package's.
      excludeExternals: true,
    };
    await writeFile(join(work, "typedoc.json"), JSON.stringify(options));
    const typedoc = join(tools, "node_modules", "typedoc", "bin", "typedoc");
    await run(process.execPath, [typedoc, "--options", join(work, "typedoc.json")], {
      cwd: tools,
      log: "reference",
      onLine: report,
    });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function texts(at) {
  const names = (await readdir(at).catch(() => [])).sort();
  return new Map(
    await Promise.all(names.map(async (name) => [name, await readFile(join(at, name), "utf8")])),
  );
}

/** Writes the reference; or, with `isCheck`, throws where it is not what the declarations say. */
export async function reference(isCheck, report) {
  const listed = await entries();
  if (!isCheck) {
    await rm(folder, { recursive: true, force: true });
    await generate(listed, folder, report);
    return `${listed.length} entry points`;
  }
  const fresh = join(targetFolder, "reference");
  await rm(fresh, { recursive: true, force: true });
  await generate(listed, fresh, report);
  const [expected, found] = [await texts(fresh), await texts(folder)];
  const stale = [...new Set([...expected.keys(), ...found.keys()])].filter(
    (name) => expected.get(name) !== found.get(name),
  );
  if (stale.length > 0) {
    throw new Error(`docs/api is not what the declarations say: ${stale.join(", ")}. Run: npm run reference`);
  }
  return `${listed.length} entry points`;
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  await main(async () => {
    await step("package", pack);
    await step("reference", (report) => reference(process.argv.includes("--check"), report));
  });
}
