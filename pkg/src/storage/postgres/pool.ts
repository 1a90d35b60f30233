/**
 * What the adapter asks of a connection pool: the shape of `pg`. One call is one statement, on any connection, in a
 * transaction of its own.
 */
export interface PostgresPool {
  /**
   * Rejects with an error whose `code` is the SQLSTATE where the server has refused the statement. A `bytea` is given as
   * a `Uint8Array` and comes back as one.
   */
  query(text: string, values: unknown[]): Promise<{ rows: unknown[] }>;
}
