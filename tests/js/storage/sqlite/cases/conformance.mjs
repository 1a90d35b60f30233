/** The conformance kit in memory, and on a file with two connections as two processes have them. */

import { sqliteStorage } from "worker-runtime/sqlite";
import { storageConformance } from "worker-runtime/testing";
import { connect, WAL } from "../connect.mjs";
import { databaseFile } from "../support.mjs";

function inMemory() {
  const database = connect(":memory:");
  const storage = sqliteStorage({ database });
  const another = async () => sqliteStorage({ database });
  return { storage, another, dispose: async () => database.close() };
}

function onFile(pragmas) {
  const cleaning = [];
  const path = databaseFile({ after: (clean) => cleaning.push(clean) });
  const connections = [];
  const open = () => {
    connections.push(connect(path, { pragmas }));
    return sqliteStorage({ database: connections.at(-1) });
  };
  return {
    storage: open(),
    another: async () => open(),
    async dispose() {
      for (const connection of connections) {
        connection.close();
      }
      for (const clean of cleaning) {
        clean();
      }
    },
  };
}

const media = {
  "in memory": inMemory,
  "with a write-ahead log": () => onFile(WAL),
  "with a rollback journal": () => onFile(["journal_mode = delete", "synchronous = extra"]),
};

export const conformance = Object.entries(media).flatMap(([medium, make]) =>
  storageConformance(async () => make()).map(({ name, run }) => ({ name: `${medium}: ${name}`, run })),
);
