import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { assertKept, toldBy } from "../support/books.mjs";
import { inlinedBytes } from "../support/package-files.mjs";
import { serveWith } from "../support/serve.mjs";

const host = "workerd (Cloudflare Workers)";
const env = { ...process.env, WRANGLER_SEND_METRICS: "false", NO_COLOR: "1" };

async function development(context) {
  context.version = context.versionOf("workerd");
  const origin = await serveWith(context, "wrangler", (port) => ["dev", "--port", String(port)], env);
  // The program has answered once already, to say that it serves.
  const [third, fourth] = await (await fetch(origin)).json();
  assertKept(
    { ...third, found: third.found - 8, total: third.total - 8 },
    { ...fourth, found: fourth.found - 8, total: fourth.total - 8 },
    "memory",
  );
}

/** As deployed, under a compatibility date: the older it is, the less of the language is there. */
const deployed = (what, compatibilityDate) => ({
  host,
  what,
  async run(context) {
    context.version = context.versionOf("workerd");
    const out = `deployed-${compatibilityDate}`;
    await context.run("wrangler", ["deploy", "--dry-run", "--outdir", out], { env });
    const program = ["miniflare.mjs", `${out}/worker.js`, compatibilityDate];
    const [first, second] = toldBy(await context.run(process.execPath, program, { env }));
    assertKept(first, second, "memory");
    assert.ok(!readFileSync(context.path(out, "worker.js"), "utf8").includes(inlinedBytes(context)));
  },
});

export const kind = "Runtimes";
export const cells = [
  { host, what: "`wrangler dev`", run: development },
  deployed("deployed", "2026-04-01"),
  deployed("deployed under a date of 2023", "2023-01-01"),
];
