/** Several processes on one server, killed, stopped and fighting; and a server that is killed under them. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Runtime } from "worker-runtime";
import { contents as transcript } from "../../durable/support.mjs";
import { fenceStopped, surviveKills, takeTurns } from "../processes/appending.mjs";
import { startServer } from "./server.mjs";
import { opened } from "./support.mjs";

const opener = fileURLToPath(new URL("opener.mjs", import.meta.url));
const ROUNDS = Number(process.env.POSTGRES_KILL_ROUNDS ?? 15);

/** A server, a storage on it, and the same place for a process. */
async function place(context, server) {
  const { pool, schema, storage } = opened(context, server);
  return { pool, storage, medium: { opener, place: JSON.stringify({ ...server.options(), schema }) } };
}

/** Mutations one after another and many at once, until `stop` says so; gives what was acknowledged, in order. */
async function talk(runtime, workerRef, stopped) {
  const acknowledged = [];
  for (let round = 0; !stopped(); round += 1) {
    const said = Array.from({ length: 1 + (round % 7) }, (_, at) => `${round}/${at}`);
    await Promise.all(
      said.map((content) =>
        runtime.sendInput(workerRef, { kind: "user", content }, { operationId: content }),
      ),
    );
    acknowledged.push(...said);
  }
  return acknowledged;
}

const cases = {
  async "processes killed in mid-commit lose nothing that was acknowledged"(context, server) {
    const { storage, medium } = await place(context, server);
    await surviveKills(context, medium, storage, ROUNDS);
  },

  async "two processes that fight over a store overwrite nothing"(context, server) {
    const { storage, medium } = await place(context, server);
    await takeTurns(context, medium, storage, 100);
  },

  async "a process that was stopped and goes on after a takeover is fenced, and holds nobody up"(
    context,
    server,
  ) {
    const { storage, medium } = await place(context, server);
    await fenceStopped(context, medium, storage, 4);
  },

  async "connections that the server ends all the time lose nothing and do nothing twice"(context, server) {
    const { storage } = await place(context, server);
    const { pool: admin } = opened(context, server, { application_name: "admin" });
    const runtime = await Runtime.open({ storage, runtimeId: "r" });
    const { workerRef } = await runtime.createWorker();
    let ended = 0;
    let stop = false;
    const ending = (async () => {
      for (let round = 0; round < 600 && ended < 30; round += 1) {
        await pause(Math.random() * 20);
        const { rowCount } = await admin.query(
          `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
           WHERE backend_type = 'client backend' AND application_name <> 'admin'`,
        );
        ended += rowCount;
      }
      stop = true;
    })();
    const acknowledged = await talk(runtime, workerRef, () => stop);
    await ending;
    assert.deepEqual(await transcript(runtime, workerRef), acknowledged);
    await runtime.close();
    const later = await Runtime.open({ storage, runtimeId: "r" });
    assert.deepEqual(await transcript(later, workerRef), acknowledged);
    await later.close();
    assert.ok(ended >= 30, `${ended} connections ended`);
    context.diagnostic(`${ended} connections ended, ${acknowledged.length} mutations`);
  },

  async "a server that crashes and comes back loses nothing that was acknowledged"(context, server) {
    const { storage } = await place(context, server);
    const runtime = await Runtime.open({ storage, runtimeId: "r" });
    const { workerRef } = await runtime.createWorker();
    let stop = false;
    const crashing = (async () => {
      for (const signal of ["SIGQUIT", "SIGINT", "SIGQUIT"]) {
        await pause(200);
        await server.stop(signal);
        await pause(100);
        await server.start();
      }
      await pause(200);
      stop = true;
    })();
    const acknowledged = await talk(runtime, workerRef, () => stop);
    await crashing;
    await runtime.close();
    const later = await Runtime.open({ storage, runtimeId: "r" });
    assert.deepEqual(await transcript(later, workerRef), acknowledged);
    await later.close();
    context.diagnostic(`3 crashes, ${acknowledged.length} mutations`);
  },

  async "a process of the server that is killed takes all connections with it, and nothing is lost"(
    context,
    server,
  ) {
    const { storage, pool } = await place(context, server);
    const runtime = await Runtime.open({ storage, runtimeId: "r" });
    const { workerRef } = await runtime.createWorker();
    let stop = false;
    const killing = (async () => {
      await pause(200);
      const { rows } = await pool.query("SELECT pg_backend_pid() AS pid");
      spawnSync("kill", ["-9", String(rows[0].pid)]);
      await pause(1_000);
      stop = true;
    })();
    const acknowledged = await talk(runtime, workerRef, () => stop);
    await killing;
    assert.deepEqual(await transcript(runtime, workerRef), acknowledged);
    await runtime.close();
  },
};

test("processes around PostgreSQL", async (context) => {
  const { server, reason } = await startServer(context);
  if (server === undefined) {
    context.skip(reason);
    return;
  }
  for (const [name, run] of Object.entries(cases)) {
    await context.test(name, (subject) => run(subject, server));
  }
});
