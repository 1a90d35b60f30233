import { runBundle, visitBundle } from "../support/bundle.mjs";
import { shakingCell } from "../support/shaking.mjs";

const cell = (what, run) => ({
  host: "esbuild",
  what,
  run(context) {
    context.version = context.versionOf("esbuild");
    return run(context);
  },
});

const esbuild = (context, entry, out, ...more) =>
  context.run("esbuild", [`shared/${entry}.js`, "--bundle", `--outfile=${out}`, ...more]);

export const kind = "Bundlers";
export const cells = [
  cell("one script", async (context) => {
    await esbuild(context, "page", "script/main.js");
    await visitBundle(context, "script");
  }),
  cell("module, minified", async (context) => {
    await esbuild(context, "page", "module/main.js", "--format=esm", "--minify");
    await visitBundle(context, "module", "modules.html");
  }),
  cell("for Node.js", async (context) => {
    await esbuild(context, "program", "program.mjs", "--format=esm", "--platform=node");
    await runBundle(context, "program.mjs");
  }),
  shakingCell("esbuild", "esbuild", async (context, entry) => {
    const out = `shaken/${entry}.js`;
    await esbuild(context, entry, out, "--format=esm", "--minify");
    return out;
  }),
  cell("for Node.js, CommonJS", async (context) => {
    await esbuild(context, "program", "program.cjs", "--format=cjs", "--platform=node");
    await runBundle(context, "program.cjs");
  }),
];
