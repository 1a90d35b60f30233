import assert from "node:assert/strict";
import { nodeOf } from "../support/node.mjs";

const cell = (what, name, nodeFor, file, tests, ...args) => ({
  host: "Jest 30 with its `--experimental-vm-modules`",
  what,
  async run(context) {
    context.version = context.versionOf("jest");
    const env = {
      ...process.env,
      BOOKS: context.path(`books-${name}`),
      NODE_OPTIONS: "--experimental-vm-modules",
    };
    const jest = context.path("node_modules", "jest", "bin", "jest.js");
    const output = await context.run(nodeFor(context), [jest, file, ...args], { env });
    const passed = Number(/Tests:\s+(\d+) passed, \1 total/.exec(output)?.[1] ?? 0);
    assert.ok(passed >= tests, output);
    return `${passed} tests`;
  },
});

const present = () => process.execPath;
const jsdom = ["--env=jsdom", "--setupFiles", "./text-coders.cjs"];

export const kind = "Test runners";
export const cells = [
  cell("`import`", "import", present, "books.test.js", 300),
  cell(
    "`import` in jsdom, given the `TextEncoder` that it lacks",
    "jsdom",
    present,
    "books.test.js",
    300,
    ...jsdom,
  ),
  cell("`require()` on Node.js 24", "require", (context) => nodeOf(context, 24), "required.test.cjs", 2),
];
