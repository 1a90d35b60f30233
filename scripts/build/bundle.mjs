// The modules that the compiler made, joined into few files: each file costs whoever loads the package as it is a request,
// or a resolution, a reading and a linking.
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { rollup } from "rollup";

/** These differ in where the WebAssembly module comes from, and share everything else. */
const RUNTIME = ["entry/index", "entry/slim", "entry/workerd"];

const isOutside = (id) => id.startsWith("node:") || id.endsWith(".wasm");

/** What each module imports, by their paths. */
async function importsBehind(input) {
  const imports = new Map();
  const reader = {
    name: "imports",
    buildEnd() {
      for (const id of this.getModuleIds()) imports.set(id, this.getModuleInfo(id).importedIds);
    },
  };
  const { close } = await rollup({ input, external: isOutside, plugins: [reader] });
  await close();
  return imports;
}

function reached(id, imports, found = new Set()) {
  if (!found.has(id)) {
    found.add(id);
    for (const imported of imports.get(id)) reached(imported, imports, found);
  }
  return found;
}

/**
 * The modules that several entry points lead to, and which file each of them goes into. It is in no other, so that what
 * one entry point throws is an instance of the class that another one exports.
 */
function sharedBetween(entries, imports) {
  const reaches = Object.entries(entries).map(([name, id]) => ({ name, ids: reached(id, imports) }));
  const shared = new Map();
  for (const id of imports.keys()) {
    const whose = reaches.filter(({ ids }) => ids.has(id)).map(({ name }) => name);
    if (whose.length === 1 || isOutside(id)) continue;
    const isOfRuntime = whose.some((name) => RUNTIME.includes(name));
    const isOfOthers = whose.some((name) => !RUNTIME.includes(name));
    shared.set(id, isOfRuntime && isOfOthers ? "shared" : isOfRuntime ? "runtime" : "adapters");
  }
  return shared;
}

/**
 * Bundles the modules in the folder `modules` into `out`: its entry points, and in `chunks` what they share. Where a
 * module was that is shared there is a file that exports what it exported: by these, which are not published, tests reach
 * what is inside the bundles.
 */
export async function bundle(modules, out) {
  const nameOf = (id) => relative(modules, id).replaceAll(sep, "/").replace(/\.js$/, "");
  const inputOf = (ids) => Object.fromEntries(ids.map((id) => [nameOf(id), id]));
  const scripts = readdirSync(join(modules, "entry")).filter((name) => name.endsWith(".js"));
  const entries = inputOf(scripts.map((name) => join(modules, "entry", name)));
  const shared = sharedBetween(entries, await importsBehind(entries));
  for (const id of Object.values(entries)) shared.delete(id);
  const bundled = await rollup({
    input: { ...entries, ...inputOf([...shared.keys()]) },
    external: isOutside,
    preserveEntrySignatures: "strict",
  });
  const { output } = await bundled.generate({
    dir: out,
    format: "es",
    generatedCode: "es2015",
    entryFileNames: "[name].js",
    chunkFileNames: "chunks/[name].js",
    manualChunks: (id) => shared.get(id),
    onlyExplicitManualChunks: true,
    minifyInternalExports: false,
    sourcemap: "hidden",
  });
  await bundled.close();
  for (const { fileName, code, source } of output) {
    const isMap = fileName.endsWith(".map");
    // Of what is shared, for profiles, which tell functions apart by their modules; not published either.
    if (isMap && !fileName.startsWith("chunks/")) continue;
    const file = join(out, fileName);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, isMap ? source : code);
  }
}
