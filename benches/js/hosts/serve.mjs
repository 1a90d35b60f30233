/* Serves what a page needs to measure: folders by name, and an empty page that may use precise clocks. */
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";

const types = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".wasm": "application/wasm",
  ".json": "application/json",
};

/** A page gets clocks of microseconds only where it is isolated from other origins. */
const isolated = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
  "cache-control": "no-store",
};

/** `folders`: by the first part of the path. Answers the origin and how to end. */
export async function serve(folders) {
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url, "http://localhost");
    const [, name, ...rest] = pathname.split("/");
    try {
      if (name === "") {
        response.writeHead(200, { ...isolated, "content-type": "text/html" });
        response.end("<!doctype html><meta charset=utf-8><title>bench</title><link rel=icon href=data:,>");
        return;
      }
      const path = normalize(join(folders[name], decodeURIComponent(rest.join("/"))));
      if (!path.startsWith(folders[name])) throw new Error("outside");
      const body = await readFile(path);
      response.writeHead(200, {
        ...isolated,
        "content-type": types[extname(path)] ?? "application/octet-stream",
      });
      response.end(body);
    } catch {
      response.writeHead(404, isolated).end();
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    origin: `http://127.0.0.1:${server.address().port}`,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
