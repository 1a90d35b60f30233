/**
 * Keeps the page, the package and the recorded runs for when there is no network.
 *
 * Online every request goes to the server, so that what is shown is what the server has. Offline it is answered from the
 * last version that was kept whole: versions are told apart by a hash of all their files and never mixed. What the
 * server says about caching concerns the browser's own cache and not this one.
 */

/** What begins the name of a version; a hash follows. */
const VERSION = "worker-runtime console ";

/** What a version has last: without it the version isn't whole. */
const WHOLE = "whole";

/** What nothing on the page links to. */
const ALSO = ["./", "data/agent-transcripts.jsonl"];

/** How a file of some type names others that it can't do without. */
const references = [
  { type: "text/html", pattern: /\b(?:href|src)="([^"#:]+)"/g },
  { type: "text/javascript", pattern: /\b(?:from|import)\s*\(?\s*["'](\.[^"']+)["']/g },
  { type: "application/json", pattern: /"src":\s*"([^"]+)"/g },
];

function* namedIn(text, type, base) {
  for (const reference of references) {
    if (!type.startsWith(reference.type)) continue;
    for (const [, name] of text.matchAll(reference.pattern)) yield new URL(name, base).href;
  }
}

/** Everything that the page consists of, by address: `{ type, bytes }`. */
async function collect() {
  const files = new Map();
  let wanted = ALSO.map((name) => new URL(name, self.registration.scope).href);
  while (wanted.length > 0) {
    const found = await Promise.all(
      wanted.map(async (address) => {
        const response = await fetch(address, { cache: "no-cache" });
        if (!response.ok) throw new Error(`${address} answered ${response.status}`);
        const type = response.headers.get("content-type") ?? "";
        const bytes = await response.arrayBuffer();
        files.set(address, { type, bytes });
        return [...namedIn(new TextDecoder().decode(bytes), type, address)];
      }),
    );
    wanted = [...new Set(found.flat())].filter((address) => !files.has(address));
  }
  return new Map([...files].sort(([a], [b]) => (a < b ? -1 : 1)));
}

async function versionOf(files) {
  const parts = [...files].flatMap(([address, { bytes }]) => [address, bytes]);
  const all = await new Blob(parts).arrayBuffer();
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", all));
  return VERSION + [...hash.subarray(0, 8)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

const names = async () => (await caches.keys()).filter((name) => name.startsWith(VERSION));

/** The version that is whole; there is one, or none yet. */
async function wholeVersion() {
  for (const name of await names()) {
    const cache = await caches.open(name);
    if (await cache.match(WHOLE)) return cache;
  }
  return undefined;
}

/** Keeps the present version in place of the one before. */
async function keep() {
  const files = await collect();
  const name = await versionOf(files);
  const cache = await caches.open(name);
  if (!(await cache.match(WHOLE))) {
    for (const [address, { type, bytes }] of files) {
      await cache.put(address, new Response(bytes, { headers: { "content-type": type } }));
    }
    await cache.put(WHOLE, new Response());
  }
  for (const other of await names()) if (other !== name) await caches.delete(other);
}

async function answer(request) {
  try {
    return await fetch(request);
  } catch (error) {
    const cache = await wholeVersion();
    const kept = await cache?.match(request.mode === "navigate" ? self.registration.scope : request, {
      ignoreSearch: true,
    });
    if (kept) return kept;
    throw error;
  }
}

self.addEventListener("install", (event) => {
  event.waitUntil(keep().then(() => self.skipWaiting()));
});

// The page says when it has loaded: what the server has may be newer than what is kept.
self.addEventListener("message", (event) => {
  if (event.data === "keep") event.waitUntil(keep().catch(() => {}));
});

self.addEventListener("fetch", (event) => {
  const { method, url } = event.request;
  if (method === "GET" && url.startsWith(self.registration.scope)) event.respondWith(answer(event.request));
});
