/** The statements of a storage, each a transaction of its own: none is ever left open, whatever becomes of who sent it. */

/** The names of the two tables, quoted. */
export interface Names {
  readonly schema: string;
  readonly stores: string;
  readonly records: string;
}

/** `schema` and `table` are identifiers without a quote in them. */
export function namesOf(schema: string, table: string): Names {
  return {
    schema: `"${schema}"`,
    stores: `"${schema}"."${table}_stores"`,
    records: `"${schema}"."${table}_records"`,
  };
}

/**
 * What makes the tables. A runtime id is its UTF-8 bytes, as text has no null character. A store without a head is one
 * that is about to be created; its number is never given to another, so what was meant for it reaches no later one.
 */
export const schemaOf = ({ schema, stores, records }: Names): readonly string[] => [
  `CREATE SCHEMA IF NOT EXISTS ${schema}`,
  `CREATE TABLE IF NOT EXISTS ${stores} (
     store bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
     runtime bytea NOT NULL UNIQUE,
     head text COLLATE "C"
   ) WITH (fillfactor = 50)`,
  `CREATE TABLE IF NOT EXISTS ${records} (
     store bigint NOT NULL REFERENCES ${stores} ON DELETE CASCADE,
     key text COLLATE "C" NOT NULL,
     value bytea NOT NULL,
     PRIMARY KEY (store, key)
   )`,
];

export function statementsOf({ stores, records }: Names) {
  return {
    head: `SELECT head FROM ${stores} WHERE runtime = $1`,

    read: `SELECT key, value FROM ${records}
      WHERE store = (SELECT store FROM ${stores} WHERE runtime = $1) AND key >= $2 AND key < $3
      ORDER BY key LIMIT $4::bigint`,

    /** The store of a runtime, made where there is none. No row where somebody else has made it meanwhile. */
    reserve: `WITH made AS (
        INSERT INTO ${stores} (runtime) VALUES ($1) ON CONFLICT (runtime) DO NOTHING RETURNING store, head)
      SELECT store::text, head FROM made UNION ALL SELECT store::text, head FROM ${stores} WHERE runtime = $1`,

    /**
     * The whole of a commit. A rival that is about to commit is waited for; the head is then another, and nothing happens. Where
     * it is still `from`, it was so when the statement began, and the records are seen as `from` has left them.
     */
    commit: `WITH seen AS (SELECT head FROM ${stores} WHERE runtime = $1),
      moved AS (
        UPDATE ${stores} SET head = $3
          WHERE runtime = $1 AND head IS NOT DISTINCT FROM $2::text
            AND ($4::bigint IS NULL OR store = $4::bigint)
          RETURNING store),
      removed AS (
        DELETE FROM ${records} USING moved
          WHERE ${records}.store = moved.store AND key = ANY (string_to_array($5, ' '))),
      written AS (
        INSERT INTO ${records} (store, key, value)
          SELECT store, entry.key, substring($9::bytea FROM entry.start FOR entry.length)
          FROM moved, unnest(string_to_array($6, ' '), string_to_array($7, ' ')::int[], string_to_array($8, ' ')::int[])
            AS entry (key, start, length)
          ON CONFLICT (store, key) DO UPDATE SET value = excluded.value)
      SELECT (SELECT head FROM seen) AS head, EXISTS (SELECT FROM moved) AS moved`,

    list: `SELECT runtime FROM ${stores} WHERE head IS NOT NULL`,

    delete: `DELETE FROM ${stores} WHERE runtime = $1`,

    settings: `SELECT current_setting('synchronous_commit', true) AS synchronous_commit,
        current_setting('fsync', true) AS fsync, current_setting('full_page_writes', true) AS full_page_writes,
        (SELECT bool_and(relpersistence = 'p') FROM pg_class
           WHERE oid IN (to_regclass($1)::oid, to_regclass($2)::oid)) AS logged`,

    standby: "SELECT pg_is_in_recovery() AS standby",
  };
}

export type Statements = ReturnType<typeof statementsOf>;
