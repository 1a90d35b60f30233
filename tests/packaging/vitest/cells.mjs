import assert from "node:assert/strict";

const cell = (what, name, ...args) => ({
  host: "Vitest 4",
  what,
  async run(context) {
    context.version = context.versionOf("vitest");
    const env = { ...process.env, BOOKS: context.path(`books-${name}`), NO_COLOR: "1" };
    const output = await context.run("vitest", ["run", ...args], { env });
    const passed = Number(/Tests\s+(\d+) passed \(\1\)/.exec(output)?.[1] ?? 0);
    assert.ok(passed > 300, output);
    return `${passed} tests`;
  },
});

export const kind = "Test runners";
export const cells = [cell("Node.js", "node"), cell("jsdom", "jsdom", "--environment", "jsdom")];
