import { runBundle, visitBundle } from "../support/bundle.mjs";
import { shakingCell } from "../support/shaking.mjs";

const cell = (what, run) => ({
  host: "webpack 5",
  what,
  run(context) {
    context.version = context.versionOf("webpack");
    return run(context);
  },
});

const webpack = (context, entry, mode, ...more) =>
  context.run("webpack", [
    `./${entry === "slim" ? entry : `shared/${entry}`}.js`,
    "--mode",
    mode,
    "--output-path",
    `built-${entry}-${mode}`,
    ...more,
  ]);

export const kind = "Bundlers";
export const cells = [
  cell("production", async (context) => {
    await webpack(context, "page", "production");
    await visitBundle(context, "built-page-production");
  }),
  cell("development", async (context) => {
    await webpack(context, "page", "development");
    await visitBundle(context, "built-page-development");
  }),
  cell("Web Worker", async (context) => {
    await webpack(context, "page-with-worker", "development");
    await visitBundle(context, "built-page-with-worker-development");
  }),
  cell("for Node.js", async (context) => {
    await webpack(context, "program", "development", "--target", "node");
    await runBundle(context, "built-program-development/main.js");
  }),
  cell("`slim` with `new URL`", async (context) => {
    await webpack(context, "slim", "development");
    await visitBundle(context, "built-slim-development");
  }),
  shakingCell("webpack 5", "webpack", async (context, entry) => {
    await webpack(context, entry, "production");
    return `built-${entry}-production/main.js`;
  }),
];
