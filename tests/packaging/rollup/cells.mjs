import { runBundle, visitBundle } from "../support/bundle.mjs";
import { shakingCell } from "../support/shaking.mjs";

const host = "Rollup 4 with its `node-resolve`";
const cell = (what, run) => ({
  host,
  what,
  run(context) {
    context.version = context.versionOf("rollup");
    return run(context);
  },
});

const rollup = (context, entry, format, out) =>
  context.run("rollup", [
    `shared/${entry}.js`,
    ...["--format", format],
    ...["--file", out],
    ...["--plugin", "@rollup/plugin-node-resolve"],
    "--failAfterWarnings",
  ]);

export const kind = "Bundlers";
export const cells = [
  cell("one script", async (context) => {
    await rollup(context, "page", "iife", "script/main.js");
    await visitBundle(context, "script");
  }),
  cell("module", async (context) => {
    await rollup(context, "page", "es", "module/main.js");
    await visitBundle(context, "module", "modules.html");
  }),
  shakingCell(host, "rollup", async (context, entry) => {
    const out = `shaken/${entry}.js`;
    await rollup(context, entry, "es", out);
    return out;
  }),
  cell("for Node.js", async (context) => {
    await rollup(context, "program", "es", "program.mjs");
    await runBundle(context, "program.mjs");
  }),
];
