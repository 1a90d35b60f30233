/** For `../processes/appender.mjs`: the place is a file. */
import { sqliteStorage } from "worker-runtime/sqlite";
import { connect, WAL } from "./connect.mjs";

export async function openStorage(place) {
  const [path, ...pragmas] = place.split("?");
  return sqliteStorage({ database: connect(path, { pragmas: pragmas.length > 0 ? pragmas : WAL }) });
}
