/** What is tried in a host with the interfaces of Node.js. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { assertKept, keptTwice, toldBy } from "./books.mjs";

/** Where files cost nothing, on machines that have such a place: the kit asks what is in them, not what the medium keeps. */
const quickPlace = existsSync("/dev/shm") ? "/dev/shm" : tmpdir();

const ACKNOWLEDGED_BEFORE_KILL = 20;

/** Runs the program until it has told enough, and kills it where it stands. Answers with the last that it told. */
async function killed(context, program, args, env) {
  const child = spawn(program, args, { cwd: context.folder, env, stdio: ["ignore", "pipe", "inherit"] });
  const exited = once(child, "exit");
  context.after(() => child.kill("SIGKILL"));
  let last = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    last = Number(line);
    if (last >= ACKNOWLEDGED_BEFORE_KILL) child.kill("SIGKILL");
  }
  const [, signal] = await exited;
  assert.equal(signal, "SIGKILL");
  return last;
}

/**
 * Cells of one host. `launch` answers, for a file of the project, with the program that runs it and the arguments that stand
 * before the file's own; `kitPlace` with where the kit may make files; `sqlite`
 * tells whether the host brings SQLite.
 */
export function runtimeCells(
  host,
  launch,
  { env = process.env, kitPlace = () => quickPlace, sqlite = true } = {},
) {
  const start = async (context, file, ...args) => {
    const [program, ...before] = launch(context, file);
    return toldBy(await context.run(program, [...before, ...args], { env }));
  };
  /** A folder of this host's own in the project. */
  const place = (context, what) => context.path(`${host.toLowerCase().replace(/[^a-z0-9]+/g, "-")}-${what}`);
  const inDatabase = {
    host,
    what: "SQLite",
    run: (context) =>
      keptTwice(() => start(context, "shared/sqlite.js", `${place(context, "books")}.db`), "power-loss"),
  };
  return [
    ...(sqlite ? [inDatabase] : []),
    {
      host,
      what: "files",
      run: (context) =>
        keptTwice(() => start(context, "shared/program.js", place(context, "files")), "power-loss"),
    },
    {
      host,
      what: "memory",
      async run(context) {
        const [first, second] = await start(context, "shared/in-memory.js");
        assertKept(first, second, "memory");
      },
    },
    {
      host,
      what: "kill -9 and open again",
      async run(context) {
        const directory = place(context, "held");
        const [program, ...before] = launch(context, "shared/held.js");
        const acknowledged = await killed(context, program, [...before, directory, "write"], env);
        const { total } = await start(context, "shared/held.js", directory);
        assert.ok(total >= acknowledged, `${total} entries after ${acknowledged} were acknowledged`);
        return `${acknowledged} acknowledged, ${total} found`;
      },
    },
    {
      host,
      what: "conformance kit on both",
      async run(context) {
        const directory = mkdtempSync(join(kitPlace(context), "worker-runtime-kit-"));
        context.after(() => rmSync(directory, { recursive: true, force: true }));
        const { cases, failures } = await start(context, "shared/kit.js", directory);
        assert.deepEqual(failures, []);
        assert.ok(cases > 500, `${cases} cases`);
        return `${cases} cases`;
      },
    },
  ];
}
