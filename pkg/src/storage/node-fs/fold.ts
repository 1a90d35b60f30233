import type { StorageOp } from "../contract.js";
import type { Disk } from "./disk.js";
import type { Draft } from "./draft.js";
import type { Kept } from "./header.js";
import { Share } from "./pace.js";
import { firstPlace, type Place, type StoredRecord } from "./record.js";
import { scanSettled } from "./scan.js";
import type { Segment } from "./segment.js";
import { type Location, readValues } from "./values.js";
import type { View } from "./view.js";

/** A segment up to this length is always copied by whoever takes over. */
const SMALL = 65_536;
/** More than this is not copied while somebody waits. */
const MOST_AT_ONCE = 4_194_304;
/** So many segments are left alone. */
const FEW = 8;
/** Less garbage than this is not worth a rewrite. */
const LEAST_GARBAGE = 1_048_576;

/** One record takes over at most so many bytes of values, or so many keys. */
const RECORD_BYTES = 1_048_576;
const RECORD_KEYS = 4_096;

/**
 * The first of the segments that whoever takes over copies into their own, so that many short lives do not leave
 * many files: each time about as much as was copied before, so that a byte is copied a few times only.
 */
export function planTakeover(view: View): number {
  let total = 0;
  let from = view.segments.length;
  while (from > 0) {
    const length = view.lengthOf(from - 1);
    if (length > Math.max(SMALL, total) || total + length > MOST_AT_ONCE) {
      break;
    }
    total += length;
    from -= 1;
  }
  return from;
}

/** The first of the segments that are worth being rewritten as one, `undefined` where none are. */
export function planFold(view: View): number | undefined {
  if (view.garbage > Math.max(view.live, LEAST_GARBAGE)) {
    return 0;
  }
  if (view.segments.length <= FEW) {
    return undefined;
  }
  let from = view.segments.length - 1;
  let total = view.lengthOf(from);
  while (from > 0 && (from >= FEW || view.lengthOf(from - 1) <= total)) {
    from -= 1;
    total += view.lengthOf(from);
  }
  return from;
}

/** The segments that go on counting beside a new one which copies those from `from` on. */
export function keptBefore(view: View, from: number): Kept[] {
  const { header } = view.current;
  const kept = header.previous.slice(0, from);
  if (from === view.segments.length) {
    // The last records may not have reached the medium before their writer was killed: they are copied instead.
    const { offset, chain } = view.settled;
    const { number, token } = header;
    kept.push({ number, token, length: offset, chain });
  }
  return kept;
}

/** What each key said last; `null` where it was deleted. */
export type Changes = Map<string, Location | null>;

export function changesOf(
  segment: Segment,
  records: readonly StoredRecord[],
  into: Changes = new Map(),
): Changes {
  for (const record of records) {
    for (const { key, value } of record.ops) {
      into.set(key, value === null ? null : { segment, ...value });
    }
  }
  return into;
}

/** What the segments from `from` on say, the last of them up to `until`. */
export async function changesSince(
  disk: Disk,
  segments: readonly Segment[],
  lengths: readonly number[],
  from: number,
): Promise<Changes> {
  const changes: Changes = new Map();
  for (let at = from; at < segments.length; at += 1) {
    const segment = segments[at] as Segment;
    const start = firstPlace(segment.header.token, segment.headerLength);
    const { records } = await scanSettled(disk, segment, start, lengths[at] as number, false);
    changesOf(segment, records, changes);
  }
  return changes;
}

/** What one segment says between two places. */
export async function changesBetween(
  disk: Disk,
  segment: Segment,
  from: Place,
  until: Place,
): Promise<Changes> {
  const { records } = await scanSettled(disk, segment, from, until.offset, false);
  return changesOf(segment, records);
}

/**
 * Writes changes into a draft, and lets others have their turn; deletions only where an older segment might know the key.
 * Stops where `goOn` says so.
 */
export async function copyChanges(
  disk: Disk,
  draft: Draft,
  changes: Changes,
  head: string,
  deletions: boolean,
  goOn: () => boolean = () => true,
): Promise<void> {
  const sorted = [...changes].sort(([a], [b]) => (a < b ? -1 : 1));
  const deleted: StorageOp[] = [];
  let values: Array<[string, Location]> = [];
  let bytes = 0;
  const share = new Share();
  const flush = async () => {
    if (values.length > 0) {
      await draft.append("copy", head, await readValues(disk, values, share));
      values = [];
      bytes = 0;
    }
  };
  for (const [key, location] of sorted) {
    if (location === null) {
      deleted.push([key, null]);
      continue;
    }
    if (!goOn()) {
      return;
    }
    if (values.length >= RECORD_KEYS || bytes + location.length > RECORD_BYTES) {
      await flush();
    }
    values.push([key, location]);
    bytes += location.length;
  }
  await flush();
  if (deletions && deleted.length > 0) {
    await draft.append("copy", head, deleted);
  }
}
