/** What holds for the files of the package, whatever host loads them. */
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { entryPoints, manifestOf, reach } from "../support/package-files.mjs";

/** Entry points for hosts with the modules of Node.js. Every other has to load in a page. */
const FOR_NODE = new Set(["./node-fs"]);

const host = "package";
const scriptsOf = (context, names) =>
  Object.entries(entryPoints(context))
    .filter(([name]) => names === undefined || names(name))
    .flatMap(([name, scripts]) =>
      Object.entries(scripts).map(([condition, path]) => ({ name, condition, path })),
    );

/** The entry point with all that it leads to, as one script. No top-level await fits into one. */
async function bundle(context, { name, condition, path }) {
  const out = `one${name.replace(".", "").replace("/", "-")}-${condition}.js`;
  await context.run("esbuild", [
    path,
    ...["--bundle", `--outfile=${out}`, "--loader:.wasm=empty"],
    ...(FOR_NODE.has(name) ? ["--format=cjs", "--platform=node"] : ["--format=iife"]),
  ]);
  return readFileSync(context.path(out), "utf8");
}

const isNamed = (node, ...names) => node.type === "Identifier" && names.includes(node.name);

/** What a text in a call of a timer is: a program. */
const runsText = ({ callee, arguments: [first] }) =>
  isNamed(callee, "setTimeout", "setInterval") && ["Literal", "TemplateLiteral"].includes(first?.type);

/** The places of a script that turn text into a program, or that need what only some hosts track. */
async function forbiddenIn(context, text) {
  const { parse, walk } = await parser(context);
  const found = [];
  const call = (node) => {
    if (isNamed(node.callee, "eval", "Function") || runsText(node)) found.push(node);
  };
  walk(parse(text, { ecmaVersion: "latest", sourceType: "script" }), {
    CallExpression: call,
    NewExpression: call,
    Literal(node) {
      if (typeof node.value === "string" && node.value.includes("async_hooks")) found.push(node);
    },
    Identifier(node) {
      if (isNamed(node, "eval", "AsyncLocalStorage")) found.push(node);
    },
  });
  return found.map(({ start, end }) => text.slice(start, Math.min(end, start + 100)));
}

async function parser(context) {
  const load = (name) =>
    import(
      pathToFileURL(context.path("node_modules", name, "dist", `${name.replace("acorn-", "")}.mjs`)).href
    );
  const [{ parse }, { simple }] = await Promise.all([load("acorn"), load("acorn-walk")]);
  return { parse, walk: simple };
}

const withoutComments = (text) => text.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, "");

export const cells = [
  {
    host,
    what: "exports: types first, every file there, no side effects",
    async run(context) {
      const manifest = manifestOf(context);
      const place = (path) => context.path("node_modules", "worker-runtime", path);
      assert.equal(manifest.sideEffects, false);
      for (const [name, conditions] of Object.entries(manifest.exports)) {
        if (typeof conditions === "string") {
          assert.ok(existsSync(place(conditions)), name);
          continue;
        }
        const order = Object.keys(conditions);
        assert.equal(order[0], "types", name);
        assert.equal(order.at(-1), "default", name);
        for (const path of Object.values(conditions)) assert.ok(existsSync(place(path)), `${name}: ${path}`);
      }
      return `${Object.keys(manifest.exports).length} entry points`;
    },
  },
  {
    host,
    what: "every entry point is where a resolver without `exports` looks",
    async run(context) {
      const place = (...path) => context.path("node_modules", "worker-runtime", ...path);
      const scripts = scriptsOf(context).filter(({ condition }) => condition === "default");
      for (const { name, path } of scripts) {
        const { main, types } = JSON.parse(readFileSync(place(name, "package.json"), "utf8"));
        assert.equal(place(name, main), path, name);
        assert.equal(place(name, types), path.replace(/js$/, "d.ts"), name);
      }
      return `${scripts.length} folders`;
    },
  },
  {
    host,
    what: "no module of Node.js and no package behind an entry point for pages",
    async run(context) {
      for (const { name, condition, path } of scriptsOf(context)) {
        const { foreign } = reach(path);
        if (FOR_NODE.has(name))
          assert.ok(
            [...foreign].every((module) => module.startsWith("node:")),
            name,
          );
        else assert.deepEqual([...foreign], [], `${name} (${condition})`);
      }
    },
  },
  {
    host,
    what: "nothing evaluates text, nothing waits while it loads",
    async run(context) {
      assert.equal((await forbiddenIn(context, 'eval("1"); new Function("1"); setTimeout("1");')).length, 4);
      const scripts = scriptsOf(context);
      for (const script of scripts) {
        const text = await bundle(context, script);
        assert.deepEqual(await forbiddenIn(context, text), [], script.name);
      }
      return `${scripts.length} scripts`;
    },
  },
  {
    host,
    what: "no file that nothing leads to",
    async run(context) {
      const folder = context.path("node_modules", "worker-runtime", "dist");
      const led = new Set(scriptsOf(context).flatMap(({ path }) => [...reach(path).files]));
      const scripts = readdirSync(folder, { recursive: true }).filter((name) => name.endsWith(".js"));
      const isEmpty = (name) =>
        /^\s*export \{\};\s*$/.test(withoutComments(readFileSync(join(folder, name), "utf8")));
      const stray = scripts.filter((name) => !led.has(join(folder, name)) && !isEmpty(name));
      assert.deepEqual(stray, []);
      return `${scripts.length} files`;
    },
  },
];
