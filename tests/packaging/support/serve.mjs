/** Servers for pages: the project's files as they are, or a program of the project that serves by itself. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile, stat } from "node:fs/promises";
import { createServer } from "node:http";
import { createServer as createSocket } from "node:net";
import { extname, join, normalize } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const TYPES = {
  ".css": "text/css",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".json": "application/json",
  ".mjs": "text/javascript",
  ".wasm": "application/wasm",
};
const START_TIMEOUT_MS = 120_000;

/**
 * Serves a folder of the project, with these headers for each answer; `handle` comes first and tells whether it has
 * answered. Answers with the origin.
 */
export async function serveFolder(context, folder, headers = {}, handle = async () => false) {
  const server = createServer(async (request, response) => {
    if (await handle(request, response)) return;
    const { pathname } = new URL(request.url, "http://localhost");
    try {
      let path = join(folder, normalize(decodeURIComponent(pathname)));
      if ((await stat(path)).isDirectory()) path = join(path, "index.html");
      const body = await readFile(path);
      response.writeHead(200, {
        "content-type": TYPES[extname(path)] ?? "application/octet-stream",
        ...headers,
      });
      response.end(body);
    } catch {
      response.writeHead(pathname === "/favicon.ico" ? 204 : 404).end();
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  context.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${server.address().port}`;
}

async function freePort() {
  const server = createSocket();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

/** Starts a program that serves on the port that `args(port)` tell it. Answers with its origin once it answers. */
export async function serveWith(context, program, args, env = process.env) {
  const port = await freePort();
  const origin = `http://127.0.0.1:${port}`;
  const path = context.path("node_modules", ".bin", program);
  const child = spawn(path, args(port), {
    cwd: context.folder,
    env,
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (text) => {
      output += text;
    });
  }
  const exited = once(child, "exit");
  context.after(async () => {
    if (child.exitCode === null && child.signalCode === null) process.kill(-child.pid, "SIGKILL");
    await exited;
  });
  const end = performance.now() + START_TIMEOUT_MS;
  while (performance.now() < end && child.exitCode === null) {
    const answer = await fetch(origin).catch(() => undefined);
    if (answer?.ok) return origin;
    await sleep(100);
  }
  throw new Error(`${program} does not serve on ${origin}:\n${output}`);
}
