/*
 * Runtimes of several processes in one PostgreSQL, which it starts itself, its files in the system's temporary folder.
 *   npm run bench:postgres
 * Options: --seconds N for each line (10), --processes N (4), --runtimes 1,10,1000, --json FILE.
 */
import { fork } from "node:child_process";
import { writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";
import pg from "pg";
import { pack } from "../../scripts/pack.mjs";
import { main, step } from "../../scripts/shared/progress.mjs";
import { Unavailable } from "../../scripts/shared/unavailable.mjs";
import { startServer } from "../../tests/js/storage/postgres/server.mjs";
import { commit, load, machine } from "../js/report/machine.mjs";

const PROGRAM = fileURLToPath(new URL("process.mjs", import.meta.url));
const POOL = 8;
/** How many mutations each runtime has under way: one after another, and as an agent that streams. */
const IN_FLIGHT = [1, 16];

const words = process.argv.slice(2);
const option = (name, otherwise) => {
  const at = words.indexOf(`--${name}`);
  return at < 0 ? otherwise : words[at + 1];
};
const seconds = Number(option("seconds", 10));
const processes = Number(option("processes", 4));
const runtimes = option("runtimes", "1,10,1000").split(",").map(Number);

/** Answers of the children to one message to all of them. */
const ask = (children, message) =>
  Promise.all(
    children.map(
      (child) =>
        new Promise((resolve, reject) => {
          child.once("message", resolve);
          child.once("exit", (code) => reject(new Error(`a process ended with ${code}`)));
          child.send(message);
        }),
    ),
  );

const percentile = (sorted, part) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))];
const round = (value, digits = 1) => Number(value.toFixed(digits));

/** One line of the table. */
async function measure(server, count, inFlight) {
  const schema = `bench_${count}_${inFlight}`;
  const children = Array.from({ length: Math.min(processes, count) }, () => fork(PROGRAM));
  try {
    const shares = children.map((_, at) =>
      Array.from({ length: count }, (_, id) => `runtime-${id}`).filter(
        (_, id) => id % children.length === at,
      ),
    );
    await Promise.all(
      children.map((child, at) =>
        ask([child], { connection: server.options({ max: POOL }), schema, ids: shares[at] }),
      ),
    );
    const opened = await ask(children, "open");
    const told = await ask(children, { seconds, inFlight });
    const latencies = Float64Array.from(told.flatMap(({ latencies }) => latencies)).sort();
    const mutations = told.reduce((sum, { mutations }) => sum + mutations, 0);
    const elapsed = Math.max(...told.map(({ elapsed }) => elapsed));
    return {
      runtimes: count,
      processes: children.length,
      inFlight,
      openMs: round(
        Math.max(...opened.map(({ elapsed }) => elapsed)) / Math.max(...shares.map((ids) => ids.length)),
      ),
      mutationsPerSecond: Math.round((mutations / elapsed) * 1_000),
      p50Ms: round(percentile(latencies, 0.5)),
      p99Ms: round(percentile(latencies, 0.99)),
      cpuMsPerMutation: round(told.reduce((sum, { cpuMs }) => sum + cpuMs, 0) / mutations, 3),
    };
  } finally {
    for (const child of children) child.kill();
  }
}

const COLUMNS = {
  runtimes: "runtimes",
  processes: "processes",
  inFlight: "in flight each",
  openMs: "open, ms",
  mutationsPerSecond: "mutations/s",
  p50Ms: "p50, ms",
  p99Ms: "p99, ms",
  cpuMsPerMutation: "CPU of a process, ms each",
};

function table(lines) {
  const rows = [
    Object.values(COLUMNS),
    Object.keys(COLUMNS).map(() => "---:"),
    ...lines.map((line) => Object.keys(COLUMNS).map((name) => line[name].toLocaleString("en"))),
  ];
  return rows.map((row) => `| ${row.join(" | ")} |`).join("\n");
}

await main(async () => {
  await step("package", pack);
  const cleaning = [];
  try {
    const { server, reason } = await startServer(
      { after: (clean) => cleaning.push(clean) },
      { under: tmpdir() },
    );
    if (server === undefined) throw new Unavailable(reason);
    const client = new pg.Client(server.options());
    await client.connect();
    const { rows } = await client.query(
      "SELECT version(), current_setting('synchronous_commit') AS commit, current_setting('fsync') AS fsync",
    );
    await client.end();
    const lines = [];
    for (const count of runtimes) {
      for (const inFlight of IN_FLIGHT) {
        lines.push(
          await step(`${count} × ${inFlight}`, (report) => {
            report(`${seconds} s`);
            return measure(server, count, inFlight);
          }),
        );
      }
    }
    const about = {
      ...machine(),
      load: load(),
      commit: commit(),
      node: process.version,
      postgres: rows[0].version.split(" on ")[0],
      settings: `synchronous_commit ${rows[0].commit}, fsync ${rows[0].fsync}, pools of ${POOL}`,
      seconds,
    };
    console.log(
      `\n${about.postgres}, ${about.settings}; ${about.cpu}, ${about.cpus} CPUs; load ${about.load}\n`,
    );
    console.log(table(lines));
    const file = option("json");
    if (file !== undefined) writeFileSync(file, `${JSON.stringify({ ...about, lines }, null, 2)}\n`);
  } finally {
    for (const clean of cleaning) await clean();
  }
});
