// How much a page downloads: the module and each entry point as a page would have them, bundled and minified.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { bundle } from "../../benches/js/install/bundle.mjs";
import { namedModuleFile } from "../build/module.mjs";
import { packedFolder, targetFolder } from "../shared/paths.mjs";
import { scriptParts } from "./script-parts.mjs";
import { codeByOrigin, sectionSizes } from "./sections.mjs";

const BROTLI = { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } };

const runtime = (name) => `export { initWasm, Runtime } from "worker-runtime${name}";`;
const storage = (name, is) => `export { ${is} } from "worker-runtime/${name}";`;
const indexedDb = storage("indexeddb", "indexedDbStorage");

/** What is bundled, by the name that its size has. */
const BUNDLES = {
  default: runtime(""),
  "default with IndexedDB": runtime("") + indexedDb,
  slim: runtime("/slim"),
  "slim with IndexedDB": runtime("/slim") + indexedDb,
  "slim with files": runtime("/slim") + storage("node-fs", "nodeFsStorage"),
  "slim with SQLite": runtime("/slim") + storage("sqlite", "sqliteStorage"),
  "slim with PostgreSQL": runtime("/slim") + storage("postgres", "postgresStorage"),
  "slim with abstract-level": runtime("/slim") + storage("level", "levelStorage"),
};

const compressed = (bytes) => ({
  raw: bytes.length,
  gzip: gzipSync(bytes, { level: 9 }).length,
  brotli: brotliCompressSync(bytes, BROTLI).length,
});

const sum = (sizes) =>
  Object.fromEntries(
    ["raw", "gzip", "brotli"].map((kind) => [kind, sizes.reduce((all, size) => all + size[kind], 0)]),
  );

/**
 * `downloads`: bytes raw, in gzip 9 and in brotli 11, by name; `module` is the `.wasm`, whatever is called slim is without it, and
 * "slim with IndexedDB and module" is both. `sections` and `code` say what the module is made of, raw, and `scripts` the same of
 * the JavaScript of "slim with IndexedDB".
 */
export async function measureSizes() {
  const module = readFileSync(
    join(packedFolder, "node_modules", "worker-runtime", "dist", "worker_runtime.wasm"),
  );
  const downloads = { module: compressed(module) };
  for (const [name, contents] of Object.entries(BUNDLES)) {
    const outfile = join(targetFolder, "size", `${name.replaceAll(" ", "-")}.js`);
    await bundle({ entry: { contents, resolveDir: packedFolder }, external: ["node:*"], outfile });
    downloads[name] = compressed(readFileSync(outfile));
  }
  downloads["slim with IndexedDB and module"] = sum([downloads["slim with IndexedDB"], downloads.module]);
  return {
    downloads,
    sections: sectionSizes(module),
    code: codeByOrigin(readFileSync(namedModuleFile)),
    scripts: await scriptParts({ slim: "initWasm, Runtime", indexeddb: "indexedDbStorage" }),
  };
}
