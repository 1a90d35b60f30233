/** The installed package's files: what its entry points lead to, and texts by which a file is recognised in a bundle. */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

const IMPORT =
  /(?:^|[\s;}])(?:import|export)\b[^"';]*?from\s*["']([^"']+)["']|(?:^|[\s;])import\s*["']([^"']+)["']|\bimport\(\s*["']([^"']+)["']/gm;
const TEXT = /"([^"\\\n]{12,200})"/g;

const folderOf = (context) => context.path("node_modules", "worker-runtime");

export const manifestOf = (context) =>
  JSON.parse(readFileSync(join(folderOf(context), "package.json"), "utf8"));

/** The scripts by entry point, one for each condition: `{ ".": { default: path, workerd: path } }`. */
export function entryPoints(context) {
  const entries = Object.entries(manifestOf(context).exports).filter(
    ([, value]) => typeof value === "object",
  );
  const scripts = (conditions) =>
    Object.fromEntries(
      Object.entries(conditions)
        .filter(([condition, path]) => condition !== "types" && path.endsWith(".js"))
        .map(([condition, path]) => [condition, join(folderOf(context), path)]),
    );
  return Object.fromEntries(
    entries
      .map(([name, conditions]) => [name, scripts(conditions)])
      .filter(([, found]) => Object.keys(found).length > 0),
  );
}

/** What a script imports, as it is written. */
const importsOf = (path) =>
  [...readFileSync(path, "utf8").matchAll(IMPORT)].map((match) => match[1] ?? match[2] ?? match[3]);

/** The scripts that one leads to, itself included, and what it imports from elsewhere. */
export function reach(path, files = new Set(), foreign = new Set()) {
  files.add(path);
  for (const name of importsOf(path)) {
    const target = join(dirname(path), name);
    if (!name.startsWith(".")) foreign.add(name);
    else if (!existsSync(target)) throw new Error(`${path} imports ${name}, which is not there`);
    else if (target.endsWith(".js") && !files.has(target)) reach(target, files, foreign);
  }
  return { files, foreign };
}

const textsIn = (files) =>
  new Set(
    [...files].flatMap((path) => [...readFileSync(path, "utf8").matchAll(TEXT)].map(([, text]) => text)),
  );

/** Texts that stand in what `name` leads to and not in what the main entry point leads to: they survive every minifier. */
export function marksOf(context, name) {
  const entries = entryPoints(context);
  const main = reach(entries["."].default).files;
  const own = [...reach(entries[name].default).files].filter((path) => !main.has(path));
  const common = [...main].map((path) => readFileSync(path, "utf8")).join("\n");
  const marks = [...textsIn(own)].filter((text) => !common.includes(text) && !text.startsWith("."));
  if (marks.length === 0) throw new Error(`nothing tells ${name} from the rest of the package`);
  return marks;
}

/** How the module's bytes begin. */
export function inlinedBytes(context) {
  return / text: "([^"]{200})/.exec(readFileSync(entryPoints(context)["."].default, "utf8"))[1];
}
