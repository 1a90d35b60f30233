/** For `../processes/appender.mjs`: the place is a folder. */
import { ClassicLevel } from "classic-level";
import { levelStorage } from "worker-runtime/level";

export function openStorage(path) {
  const database = new ClassicLevel(path);
  return { ...levelStorage({ database }), end: () => database.close() };
}
