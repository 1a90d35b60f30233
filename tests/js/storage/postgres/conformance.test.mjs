/** The conformance kit on a real server, with two pools as two processes have them. */
import { test } from "node:test";
import { postgresStorage } from "worker-runtime/postgres";
import { storageConformance } from "worker-runtime/testing";
import { sameRuntimeCases } from "../../durable/same-runtime.mjs";
import { startServer } from "./server.mjs";
import { freshSchema, opened, pooled } from "./support.mjs";

test("the conformance kit on PostgreSQL", async (context) => {
  const { server, reason } = await startServer(context);
  if (server === undefined) {
    context.skip(reason);
    return;
  }
  const { pool } = opened(context, server);
  const second = pooled(context, server.options());
  const { rows } = await pool.query("SELECT version(), 'b' < 'B' AS worded");
  context.diagnostic(
    `${rows[0].version.split(" on ")[0]}; collation ${rows[0].worded ? "of words" : "of bytes"}`,
  );
  const schema = freshSchema();
  const cases = storageConformance(async () => ({
    storage: postgresStorage({ pool, schema }),
    another: async () => postgresStorage({ pool: second, schema }),
  }));
  for (const { name, run } of cases) {
    await context.test(name, run);
  }
  const make = async () => {
    const own = freshSchema();
    return { storage: () => postgresStorage({ pool, schema: own }), durability: "power-loss", waits: true };
  };
  for (const { name, run } of sameRuntimeCases("postgres", make)) {
    await context.test(name, run);
  }
});
