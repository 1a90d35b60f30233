import { assertKept, keptTwice } from "../support/books.mjs";
import { visitTwice } from "../support/chromium.mjs";
import { serveWith } from "../support/serve.mjs";

const host = "Next 16 with its default bundler";

const environment = (context, name) => ({
  ...process.env,
  BOOKS: context.path(`books-${name}`),
  NEXT_TELEMETRY_DISABLED: "1",
});

const serve = (context, command) =>
  serveWith(
    context,
    "next",
    (port) => [command, "--hostname", "127.0.0.1", "--port", String(port)],
    environment(context, command),
  );

async function told(url) {
  const answer = await fetch(url);
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${url}: ${answer.status} ${text}`);
  return JSON.parse(text);
}

/** A client component in a page, a route on the server, and one in the edge runtime, where nothing is kept. */
async function tryAll(context, origin) {
  await visitTwice(context, `${origin}/`);
  await keptTwice(() => told(`${origin}/books`), "power-loss");
  assertKept(...(await told(`${origin}/edge`)), "memory");
}

const cell = (what, run) => ({
  host,
  what,
  run(context) {
    context.version = context.versionOf("next");
    return run(context);
  },
});

export const kind = "Bundlers";
export const cells = [
  cell("dev server: page, route, edge route", async (context) =>
    tryAll(context, await serve(context, "dev")),
  ),
  cell("build: page, route, edge route", async (context) => {
    await context.run("next", ["build"], { env: environment(context, "build") });
    await tryAll(context, await serve(context, "start"));
  }),
];
