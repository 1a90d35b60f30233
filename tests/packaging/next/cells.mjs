import { keptTwice } from "../support/books.mjs";
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

/** A client component in a page, and a route on the server. */
async function tryBoth(context, origin) {
  await visitTwice(context, `${origin}/`);
  await keptTwice(async () => (await fetch(`${origin}/books`)).json(), "power-loss");
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
  cell("dev server: page and route", async (context) => tryBoth(context, await serve(context, "dev"))),
  cell("build: page and route", async (context) => {
    await context.run("next", ["build"], { env: environment(context, "build") });
    await tryBoth(context, await serve(context, "start"));
  }),
];
