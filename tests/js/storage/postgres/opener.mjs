/** For `../processes/appender.mjs`: the place is what a pool takes, and the schema, as JSON. */
import pg from "pg";
import { postgresStorage } from "worker-runtime/postgres";

export function openStorage(place) {
  const { schema, ...options } = JSON.parse(place);
  const pool = new pg.Pool({ max: 2, ...options });
  pool.on("error", () => {});
  return { ...postgresStorage({ pool, schema }), end: () => pool.end() };
}
