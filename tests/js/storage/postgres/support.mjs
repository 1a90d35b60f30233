import pg from "pg";
import { postgresStorage } from "worker-runtime/postgres";

export { assertRejected, change, contents, put, rejection } from "../commits.mjs";

/** A pool that is ended after the test; connections that break while they are idle are nobody's trouble. */
export function pooled(context, options) {
  const pool = new pg.Pool({ max: 8, ...options });
  pool.on("error", () => {});
  // Not waited for: a connection that a test has taken is never given back.
  context.after(() => {
    if (!pool.ending) {
      void pool.end();
    }
  });
  return pool;
}

let schemas = 0;

/** A schema of its own for each test on one server. */
export const freshSchema = () => `s_${process.pid}_${++schemas}`;

/** A storage in a schema of its own, on a pool of its own. */
export function opened(context, server, { schema = freshSchema(), ...options } = {}) {
  const pool = pooled(context, server.options(options));
  return { pool, schema, storage: postgresStorage({ pool, schema }) };
}
