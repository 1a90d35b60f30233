// What the JavaScript of a page is made of: bytes by the parts of the package.
import { dirname, join, relative, sep } from "node:path";
import { bundledBytes } from "../../benches/js/install/bundle.mjs";
import { packageFolder } from "../shared/paths.mjs";

const modules = join(packageFolder, "modules");

/** Minified bytes of what a page loads besides the module, by folder of the sources, the largest first; `exports` by name of the entry point. */
export async function scriptParts(exports) {
  const parts = new Map();
  const contents = Object.entries(exports).map(
    ([entry, names]) => `export { ${names} } from "./${entry}.js";`,
  );
  const entry = { contents: contents.join(""), resolveDir: join(modules, "entry") };
  for (const [path, bytes] of Object.entries(await bundledBytes(entry))) {
    const place = relative(modules, path);
    if (place.startsWith("..")) continue;
    const folder = dirname(place);
    const part = folder === "." ? place.replace(/\.js$/, ".ts") : `${folder.replaceAll(sep, "/")}/`;
    parts.set(part, (parts.get(part) ?? 0) + bytes);
  }
  return Object.fromEntries([...parts].sort(([, a], [, b]) => b - a));
}
