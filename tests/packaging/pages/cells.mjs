import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { keptTwice } from "../support/books.mjs";
import { chromiumContext, chromiumWithExtension, visit, visitTwice } from "../support/chromium.mjs";
import { serveFolder } from "../support/serve.mjs";

const onPage = (host, what, page, headers) => ({
  host,
  what,
  run: async (context) =>
    visitTwice(context, `${await serveFolder(context, context.folder, headers)}/${page}.html`),
});

const policy = (scripts) => ({
  "content-security-policy": `default-src 'none'; script-src ${scripts}; img-src data:; object-src 'none'; base-uri 'none'; require-trusted-types-for 'script'`,
});

const withoutPermission = {
  host: "Page with a strict policy",
  what: "without `'wasm-unsafe-eval'`: refused with the browser's `CompileError`",
  async run(context) {
    const profile = await chromiumContext(context);
    const origin = await serveFolder(context, context.folder, policy("'self'"));
    await assert.rejects(visit(profile, `${origin}/strict.html`), /CompileError.*Content Security Policy/s);
  },
};

const sandboxed = {
  host: "Sandboxed frame without storage",
  what: "memory works, `open` is refused with a code",
  async run(context) {
    const profile = await chromiumContext(context);
    // The frame's origin is not the server's.
    const origin = await serveFolder(context, context.folder, { "access-control-allow-origin": "*" });
    const told = await visit(profile, `${origin}/sandbox.html`);
    const refused = {
      name: "RuntimeError",
      code: "storage_failed",
      details: { runtimeId: "books", method: "open" },
      cause: { name: "StorageRejected", code: "denied" },
    };
    assert.deepEqual(told, { workerCount: 1, opened: refused, inspected: refused });
    return "storage_failed, caused by StorageRejected (denied)";
  },
};

/** The browser names an unpacked extension after the folder that it is in. */
const extensionOrigin = (folder) => {
  const digits = createHash("sha256").update(folder).digest("hex").slice(0, 32);
  const letters = digits.replace(/./g, (digit) => "abcdefghijklmnop"[Number.parseInt(digit, 16)]);
  return `chrome-extension://${letters}`;
};

const extension = {
  host: "Chromium extension",
  what: "page, manifest 3",
  async run(context) {
    const profile = await chromiumWithExtension(context, context.folder);
    await keptTwice(() => visit(profile, `${extensionOrigin(context.folder)}/strict.html`), "power-loss");
  },
};

export const kind = "Pages";
export const cells = [
  onPage("Page without a bundler", "import map", "import-map"),
  onPage("Page without a bundler", "`slim` with the module's address", "slim"),
  onPage("Worker without a bundler", "dedicated", "worker"),
  onPage("Worker without a bundler", "shared", "shared-worker"),
  onPage("Worker without a bundler", "service worker", "service-worker"),
  onPage(
    "Page with a strict policy",
    "`script-src 'self' 'wasm-unsafe-eval'`",
    "strict",
    policy("'self' 'wasm-unsafe-eval'"),
  ),
  withoutPermission,
  extension,
  sandboxed,
];
