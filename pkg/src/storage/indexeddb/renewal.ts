import type { Place } from "./place.js";

/** A log that could not be renewed in this time is written to as it is. */
const ENOUGH_MS = 1_000;

/**
 * Makes Chromium begin a new log file before anything is written.
 *
 * A Chromium that is killed leaves a torn record at the end of its LevelDB log. The next one reads up to there and goes
 * on writing behind it, and the one after that takes the middle for corrupt and wipes every database of the
 * origin, whatever was acknowledged. The deletion of a database makes Chromium compact, for which it moves what is in
 * the log to a table and starts another log; an empty database will do. Never rejects.
 */
export async function renewLog(place: Place): Promise<void> {
  if (!place.native() || !/Chrom(e|ium)\//.test(globalThis.navigator?.userAgent)) {
    return;
  }
  await new Promise<void>((resolve) => {
    const factory = place.factory() as IDBFactory;
    const name = `${place.databaseName}:log`;
    const done = () => resolve();
    setTimeout(done, ENOUGH_MS);
    const opening = factory.open(name);
    opening.onerror = done;
    opening.onsuccess = () => {
      opening.result.close();
      const deletion = factory.deleteDatabase(name);
      deletion.onsuccess = done;
      deletion.onerror = done;
    };
  }).catch(() => {
    // Denied, perhaps: the connection that it is done for is told so as well.
  });
}
