import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { visitBundle } from "../support/bundle.mjs";
import { runtimeCells } from "../support/runtime.mjs";

const host = "Bun 1";

/** The program itself: the package `bun` puts it in its place in a script of its own, and none is run here. */
function bunProgram(context) {
  const [brought] = readdirSync(context.path("node_modules", "@oven"));
  context.version = context.versionOf("bun");
  return context.path("node_modules", "@oven", brought, "bin", "bun");
}

export const kind = "Runtimes";
export const cells = [
  ...runtimeCells(host, (context, file) => [bunProgram(context), file]),
  {
    host,
    what: "`bun test`",
    async run(context) {
      const output = await context.run(bunProgram(context), ["test", "books.test.js"]);
      const [, passed, failed] = /(\d+) pass\s+(\d+) fail/.exec(output) ?? [];
      assert.ok(Number(passed) > 100 && failed === "0", output);
      return `${passed} tests`;
    },
  },
  {
    host,
    what: "`bun build` for a page",
    async run(context) {
      await context.run(bunProgram(context), [
        ...["build", "shared/page.js"],
        ...["--outfile", "built/main.js"],
        "--minify",
      ]);
      await visitBundle(context, "built", "modules.html");
    },
  },
];
