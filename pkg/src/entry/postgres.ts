/** "worker-runtime/postgres": keeps runtimes in a PostgreSQL database. */
export type { PostgresPool } from "../storage/postgres/pool.js";
export { type PostgresOptions, postgresStorage } from "../storage/postgres.js";
