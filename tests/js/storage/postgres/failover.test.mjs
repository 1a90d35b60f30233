/** A server with a standby that takes its place. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { Runtime } from "worker-runtime";
import { postgresStorage } from "worker-runtime/postgres";
import { contents as transcript } from "../../durable/support.mjs";
import { startProxy } from "./proxy.mjs";
import { startServer } from "./server.mjs";
import { change, opened, pooled, put, rejection } from "./support.mjs";

/** A server that waits for its standby with every commit, and that standby. */
async function pair(context) {
  const { server: first, reason } = await startServer(context);
  if (first === undefined) {
    return { reason };
  }
  const second = await first.standby(context);
  if (second === undefined) {
    return { reason: "this PostgreSQL comes without pg_basebackup" };
  }
  await second.start();
  const admin = pooled(context, first.options());
  await admin.query("ALTER SYSTEM SET synchronous_standby_names = '*'");
  await admin.query("SELECT pg_reload_conf()");
  for (;;) {
    const { rows } = await admin.query("SELECT sync_state FROM pg_stat_replication");
    if (rows[0]?.sync_state === "sync") {
      return { first, second };
    }
    await pause(20);
  }
}

test("a standby that takes over loses nothing that was acknowledged, and the runtime goes on by itself", async (context) => {
  const { first, second, reason } = await pair(context);
  if (first === undefined) {
    context.skip(reason);
    return;
  }
  const { proxy, port } = await startProxy(context, first.port);
  const { storage, schema } = opened(context, first, { port, connectionTimeoutMillis: 2_000 });
  const runtime = await Runtime.open({ storage, runtimeId: "r" });
  const { workerRef } = await runtime.createWorker();
  const said = [];
  let stop = false;
  const talking = (async () => {
    for (let round = 0; !stop; round += 1) {
      const content = `${round}`;
      await runtime.sendInput(workerRef, { kind: "user", content }, { operationId: content });
      said.push(content);
    }
  })();
  await pause(300);
  await first.stop("SIGQUIT");
  // For a while there is nobody but a standby, which may not be written.
  proxy.target = second.port;
  proxy.cutAll();
  await pause(500);
  const standing = said.length;
  await pause(200);
  assert.equal(said.length, standing);
  const admin = pooled(context, second.options());
  const beside = await postgresStorage({ pool: admin, schema }).open("r", { takeover: true });
  const error = await rejection(beside.commit(change(await beside.head(), {})));
  assert.equal(error.code, "25006");
  assert.notEqual(error.name, "StorageRejected", "a standby may be promoted");
  await admin.query("SELECT pg_promote()");
  while (said.length < standing + 20) {
    await pause(10);
  }
  stop = true;
  await talking;
  assert.deepEqual(await transcript(runtime, workerRef), said);
  await runtime.close();
  const later = await Runtime.open({ storage, runtimeId: "r" });
  assert.deepEqual(await transcript(later, workerRef), said);
  await later.close();
  context.diagnostic(`${standing} mutations before, ${said.length - standing} after`);
});

test("what a standby shows was committed, and it takes nothing", async (context) => {
  const { first, second, reason } = await pair(context);
  if (first === undefined) {
    context.skip(reason);
    return;
  }
  const { storage, schema } = opened(context, first, { options: "-c synchronous_commit=remote_apply" });
  const store = await storage.open("r");
  const head = await put(store, null, { a: "1" });
  const { storage: shown } = opened(context, second, { schema });
  const reader = await shown.open("r", { readOnly: true });
  assert.equal(await reader.head(), head);
  assert.deepEqual(await shown.list(), ["r"]);
  const error = await rejection(shown.delete("r"));
  assert.equal(error.code, "25006");
});
