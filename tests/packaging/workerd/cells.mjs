import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { assertKept, keptTwice, toldBy } from "../support/books.mjs";
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

/** A bundle as it is deployed, and what it tells once under a compatibility date. */
async function deployment(context, compatibilityDate) {
  context.version = context.versionOf("workerd");
  const out = `deployed-${compatibilityDate}`;
  await context.run("wrangler", ["deploy", "--dry-run", "--outdir", out], { env });
  const program = ["miniflare.mjs", `${out}/worker.js`, compatibilityDate];
  return {
    bundle: context.path(out, "worker.js"),
    told: async (...object) => toldBy(await context.run(process.execPath, [...program, ...object], { env })),
  };
}

/** The older the date is, the less of the language is there. */
const deployed = (what, compatibilityDate) => ({
  host,
  what,
  async run(context) {
    const { bundle, told } = await deployment(context, compatibilityDate);
    const [first, second] = await told();
    assertKept(first, second, "memory");
    assert.ok(!readFileSync(bundle, "utf8").includes(inlinedBytes(context)));
  },
});

/** The second time in a process of its own. */
const inObject = (what, compatibilityDate, object) => ({
  host,
  what,
  async run(context) {
    const { told } = await deployment(context, compatibilityDate);
    await keptTwice(() => told(object), "power-loss");
  },
});

export const kind = "Runtimes";
export const cells = [
  { host, what: "`wrangler dev`", run: development },
  deployed("deployed", "2026-04-01"),
  deployed("deployed under a date of 2023", "2023-01-01"),
  inObject("Durable Object with SQLite", "2026-04-01", "sqlite"),
  inObject("Durable Object without SQLite, under a date of 2023", "2023-01-01", "older"),
];
