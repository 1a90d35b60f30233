import assert from "node:assert/strict";
import { nodeCounts } from "../../../scripts/test/counts.mjs";
import { keptTwice, toldBy } from "../support/books.mjs";
import { nodeOf, packageOf } from "../support/node.mjs";
import { runtimeCells } from "../support/runtime.mjs";

/** Its path; the cell then tells its version. */
function node(context, major) {
  const path = nodeOf(context, major);
  context.version = context.versionOf(packageOf(major));
  return path;
}

const program = (host, major, what, file) => ({
  host,
  what,
  async run(context) {
    const path = node(context, major);
    const directory = context.path(`books-${major}-${file}`);
    await keptTwice(async () => toldBy(await context.run(path, [file, directory])), "power-loss");
  },
});

const cellsOf = (major) => {
  const host = `Node.js ${major}`;
  return [
    ...runtimeCells(host, (context, file) => [node(context, major), file], { sqlite: major >= 22 }),
    program(host, major, "`require()`", "require.cjs"),
    program(host, major, "`worker_threads`", "thread.mjs"),
    program(host, major, "`slim` with the module's bytes", "slim.mjs"),
    {
      host,
      what: "`node --test`",
      async run(context) {
        const env = { ...process.env, BOOKS: context.path(`books-${major}-test`) };
        const output = await context.run(node(context, major), ["--test", "books.test.mjs"], { env });
        const { passed, failed, skipped } = nodeCounts(output);
        assert.ok(passed > 100 && failed === 0 && skipped === 0, output);
        return `${passed} tests`;
      },
    },
  ];
};

export const kind = "Runtimes";
export const cells = [20, 22, 24].flatMap(cellsOf);
