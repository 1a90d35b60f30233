import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ClassicLevel } from "classic-level";

export { assertRejected, change, contents, put, rejection } from "../commits.mjs";

/** Where files cost nothing, on machines that have such a place: for tests of what is in them, not of the medium. */
const quickPlace = existsSync("/dev/shm") ? "/dev/shm" : tmpdir();

/** A folder that is gone after the test. */
export function folder(context, place = quickPlace) {
  const path = mkdtempSync(join(place, "level-"));
  context.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** A database that is closed after the test. */
export function database(context, path = folder(context), Level = ClassicLevel) {
  const opened = new Level(path);
  context.after(() => opened.close());
  return opened;
}
