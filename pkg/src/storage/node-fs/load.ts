import { dirname } from "node:path";
import { StorageLost } from "../contract.js";
import { codeOf, type Disk } from "./disk.js";
import { StorageCorrupt } from "./errors.js";
import type { Kept } from "./header.js";
import { doneName, logName, openName, parseName, type SegmentId } from "./names.js";
import { firstPlace } from "./record.js";
import { scanSettled, scanTail } from "./scan.js";
import { Segment } from "./segment.js";
import { View } from "./view.js";

/** Up to this many bytes a log is verified whole when it is loaded; of a longer one the values when they are read. */
const VERIFY_WHOLE = 67_108_864;

const COMPARED = 1_048_576;

/** Files come and go while somebody else takes over; each time round somebody has got further. */
const TRIES = 1_000;

/** Who may append to the last segment: its maker (`open`), nobody (`clean`, `done`). */
export type Standing = "open" | "clean" | "done";

export interface Loaded {
  readonly view: View;
  readonly standing: Standing;
}

/** Reads a store as it is now; `null` where there is none. */
export async function load(disk: Disk, directory: string): Promise<Loaded | null> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const names = await listStore(disk, directory);
    if (names === null) {
      return null;
    }
    const segments: Segment[] = [];
    try {
      const loaded = await loadListed(disk, directory, names, segments);
      if (loaded !== undefined) {
        return loaded;
      }
    } catch (error) {
      await releaseAll(segments);
      // Removed or cut off since it was listed, or really so.
      const isMissing = codeOf(error) === "ENOENT";
      if (!isMissing && !(error instanceof StorageCorrupt)) {
        throw error;
      }
      if ((await listStore(disk, directory))?.join() === names.join()) {
        throw isMissing ? gone(directory, names) : error;
      }
      continue;
    }
    await releaseAll(segments);
    if (tries > 10) {
      await disk.pause(1);
    }
  }
  throw new Error(`the store does not come to rest (${directory})`);
}

/** The names in a store's directory, in order; `null` where there is no store. */
export async function listStore(disk: Disk, directory: string): Promise<string[] | null> {
  try {
    return (await disk.list(directory)).sort();
  } catch (error) {
    if (codeOf(error) === "ENOENT") {
      return null;
    }
    throw error;
  }
}

/** The last segment of those listed; fails with `ENOENT` where there is none. */
export async function openCurrent(disk: Disk, directory: string, names: readonly string[]): Promise<Segment> {
  let last: { number: number; name: string } | undefined;
  for (const name of names) {
    const parsed = parseName(name);
    if (parsed?.kind === "log" && parsed.number > (last?.number ?? 0)) {
      last = { number: parsed.number, name };
    }
  }
  if (last === undefined) {
    throw missing("no segment counts");
  }
  return Segment.open(disk, `${directory}/${last.name}`);
}

/** What files that are not there say about a store: it has vanished where none is left, otherwise it is damaged. */
export function gone(directory: string, names: readonly string[]): Error {
  return names.length === 0
    ? new StorageLost(`all files of the log are gone (${directory})`)
    : new StorageCorrupt("files of the log are missing", { path: directory });
}

function missing(message: string): Error {
  return Object.assign(new Error(message), { code: "ENOENT" });
}

/** Whether `segment` is still the last one of the log. */
export async function isLast(disk: Disk, directory: string, segment: Segment): Promise<boolean> {
  const { number, life } = segment.header;
  // In this order: numbers are given once and their names removed from the lowest, so that as long as this one is
  // there, the next one has not been removed.
  const next = await disk.status(`${directory}/${logName(number + 1, life)}`);
  return next === null && (await segment.isAt(`${directory}/${logName(number, life)}`));
}

async function loadListed(
  disk: Disk,
  directory: string,
  names: readonly string[],
  segments: Segment[],
): Promise<Loaded | undefined> {
  const current = await openCurrent(disk, directory, names);
  segments.push(current);
  const { header } = current;
  for (const kept of [...header.previous].reverse()) {
    segments.unshift(await openKept(disk, directory, names, kept));
  }
  const total = segments.reduce((sum, { status }) => sum + status.length, 0);
  const bodies = total <= VERIFY_WHOLE;
  const view = new View(segments);
  for (const [at, kept] of header.previous.entries()) {
    const segment = segments[at] as Segment;
    const from = firstPlace(segment.header.token, segment.headerLength);
    const { records, place } = await scanSettled(disk, segment, from, kept.length, bodies);
    if (place.chain !== kept.chain) {
      throw segment.damaged("a segment is not the one that the log went on from", kept.length);
    }
    for (const record of records) {
      view.applyOps(segment, record);
    }
  }
  const clean = names.map(parseName).find((name) => name?.kind === "clean" && name.id.token === header.token);
  if (clean?.kind === "clean") {
    const { length } = await disk.statusOpen(current.file);
    if (length !== clean.length) {
      throw current.damaged(
        "a segment is shorter or longer than when it was closed",
        Math.min(length, clean.length),
      );
    }
    const { records } = await scanSettled(disk, current, view.place, length, bodies);
    view.append(records);
    view.settle();
  } else {
    const { records } = await scanTail(disk, current, view.place, bodies);
    view.append(records);
  }
  const standing = clean !== undefined ? "clean" : await standingOf(disk, directory, header);
  if (view.place.number === 0) {
    throw current.damaged("a segment says nothing", view.place.offset);
  }
  // Only now: what was read before it may have been written too late to count.
  if (!(await isLast(disk, directory, current))) {
    return undefined;
  }
  if (standing === undefined) {
    throw missing("the last segment has but one name");
  }
  const twin = names.find((name) => tokenOf(name) === header.token);
  if (twin !== undefined) {
    await compareTwin(disk, view, standing, `${directory}/${twin}`);
  }
  await settle(disk, directory, view, standing);
  return { view, standing };
}

/** Where the name has changed to that of a clean end since it was listed: `undefined`. */
export async function standingOf(
  disk: Disk,
  directory: string,
  id: SegmentId,
): Promise<Standing | undefined> {
  if (await disk.exists(`${directory}/${openName(id)}`)) {
    return "open";
  }
  return (await disk.exists(`${directory}/${doneName(id)}`)) ? "done" : undefined;
}

/** What is told has to be durable, also where its writer was killed before it could see to that. */
export async function settle(disk: Disk, directory: string, view: View, standing: Standing): Promise<void> {
  if (standing === "clean") {
    return;
  }
  await disk.sync(view.current.file);
  await disk.syncDirectory(directory);
  await disk.syncDirectory(dirname(directory));
}

async function openKept(
  disk: Disk,
  directory: string,
  names: readonly string[],
  kept: Kept,
): Promise<Segment> {
  const name = names.find((name) => tokenOf(name) === kept.token) ?? doneName(kept);
  const segment = await Segment.open(disk, `${directory}/${name}`);
  if (segment.header.token !== kept.token || segment.header.number !== kept.number) {
    await segment.release();
    throw segment.damaged("a segment stands under another's name");
  }
  return segment;
}

/** In a store that was copied name by name, both names of the last segment are files of their own. */
async function compareTwin(disk: Disk, view: View, standing: Standing, path: string): Promise<void> {
  const { current } = view;
  if (await current.isAt(path)) {
    return;
  }
  const twin = await Segment.open(disk, path);
  try {
    const length = view.settled.offset;
    for (let offset = 0; offset < length; offset += COMPARED) {
      const one = Buffer.alloc(Math.min(COMPARED, length - offset));
      const other = Buffer.alloc(one.length);
      await disk.read(current.file, one, offset);
      await disk.read(twin.file, other, offset);
      if (!one.equals(other)) {
        throw twin.damaged("two copies of a segment are not the same", offset);
      }
    }
    if (standing === "clean" && twin.status.length !== length) {
      throw twin.damaged("a segment is shorter or longer than when it was closed", length);
    }
  } finally {
    await twin.release();
  }
}

function tokenOf(name: string): string | undefined {
  const parsed = parseName(name);
  return parsed === undefined || parsed.kind === "log" ? undefined : parsed.id.token;
}

async function releaseAll(segments: readonly Segment[]): Promise<void> {
  for (const segment of segments) {
    await segment.release();
  }
}
