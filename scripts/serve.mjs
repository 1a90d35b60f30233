// A static server on loopback for the page: `www` at "/", the built package at "/worker-runtime/",
// the recorded runs at "/data/".
// By itself: node scripts/serve.mjs [port]
import { createReadStream } from "node:fs";
import { realpath, stat } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, sep } from "node:path";
import { pathToFileURL } from "node:url";
import { packageFolder, root } from "./shared/paths.mjs";

const HOST = "127.0.0.1";

const mediaTypes = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".ico": "image/x-icon",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".jsonl": "application/jsonl; charset=utf-8",
  ".mjs": "text/javascript; charset=utf-8",
  ".png": "image/png",
  ".svg": "image/svg+xml",
  ".txt": "text/plain; charset=utf-8",
  ".wasm": "application/wasm",
};

/** URL prefixes and the folders behind them; the longest prefix that fits is taken. */
export const pageMounts = {
  "/": join(root, "www"),
  "/worker-runtime/": join(packageFolder, "dist"),
  "/data/": join(root, "tests", "data"),
};

/** The decoded path of a request, or `undefined` where it is none that could name a file. */
function pathOf(url) {
  try {
    const path = decodeURIComponent(new URL(url, "http://localhost").pathname);
    return path.includes("\0") || path.includes("\\") ? undefined : path;
  } catch {
    return undefined;
  }
}

/**
 * The file that `url` names, wholly inside the folder of its mount, also after symbolic links are followed;
 * `undefined` where there is none.
 */
async function fileOf(url, mounts) {
  const path = pathOf(url);
  if (path === undefined) return undefined;
  const prefixes = Object.keys(mounts).filter((prefix) => path.startsWith(prefix));
  const prefix = prefixes.sort((a, b) => b.length - a.length)[0];
  if (prefix === undefined) return undefined;
  const wanted = join(mounts[prefix], path.slice(prefix.length), path.endsWith("/") ? "index.html" : "");
  try {
    const folder = await realpath(mounts[prefix]);
    const file = await realpath(wanted);
    const found = await stat(file);
    return file.startsWith(folder + sep) && found.isFile() ? { file, size: found.size } : undefined;
  } catch {
    return undefined;
  }
}

async function answer(request, response, mounts) {
  const say = (status, headers = {}) =>
    response
      .writeHead(status, { "content-type": "text/plain; charset=utf-8", ...headers })
      .end(`${status}\n`);
  if (request.method !== "GET" && request.method !== "HEAD") return say(405, { allow: "GET, HEAD" });
  const found = await fileOf(request.url ?? "/", mounts);
  if (!found) return say(404);
  response.writeHead(200, {
    "content-type": mediaTypes[extname(found.file)] ?? "application/octet-stream",
    "content-length": found.size,
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
  });
  if (request.method === "HEAD") return response.end();
  createReadStream(found.file)
    .on("error", () => response.destroy())
    .pipe(response);
}

/**
 * Serves `mounts` on loopback at `port` (0: a free one).
 * @returns {Promise<{ url: string, close(): Promise<void> }>} `close` also ends connections that are open.
 */
export function serve({ mounts = pageMounts, port = 0 } = {}) {
  const server = createServer((request, response) => {
    answer(request, response, mounts).catch(() => response.destroy());
  });
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, HOST, () => {
      const close = () =>
        new Promise((done) => {
          server.close(() => done());
          server.closeAllConnections();
        });
      resolve({ url: `http://${HOST}:${server.address().port}/`, close });
    });
  });
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { url } = await serve({ port: Number(process.argv[2] ?? 0) });
  console.log(url);
}
