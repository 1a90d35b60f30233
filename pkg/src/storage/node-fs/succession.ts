import type { StorageOp } from "../contract.js";
import { codeOf, type Disk, unlessMissing } from "./disk.js";
import { Draft, type Lineage, publish, unlessTaken } from "./draft.js";
import { StorageCorrupt } from "./errors.js";
import { type Changes, changesOf, changesSince, copyChanges, keptBefore, planTakeover } from "./fold.js";
import { isLast } from "./load.js";
import { doneName, logName, openName } from "./names.js";
import { Owner, Undecided } from "./owner.js";
import type { Segment } from "./segment.js";
import { View } from "./view.js";

/** Where a store is, and whose it is. */
export interface Home {
  readonly disk: Disk;
  /** The directory that was given to the adapter. */
  readonly root: string;
  /** The directory of this store. */
  readonly directory: string;
  readonly runtimeId: string;
}

type Commits = ReadonlyArray<{ readonly to: string; readonly ops: readonly StorageOp[] }>;

/** A directory's name that nobody else gives, beside the store's own. */
export const besides = (disk: Disk, directory: string, what: "new" | "old"): string =>
  `${directory}.${what}-${disk.token()}`;

/**
 * Creates the store with its first commits: everything is written and synced beside it, and one rename makes it the
 * store. `undefined` where there is one by then. Rejects with `Undecided` where the rename may not be durable.
 */
export async function create(
  home: Home,
  commits: Commits,
): Promise<{ view: View; owner: Owner } | undefined> {
  const { disk, root, directory } = home;
  const beside = besides(disk, directory, "new");
  await disk.makeDirectory(beside);
  let segment: Segment | undefined;
  let created = false;
  try {
    const draft = await Draft.begin(disk, beside, {
      ...home,
      life: null,
      number: 1,
      previous: [],
      follows: null,
    });
    for (const { to, ops } of commits) {
      await draft.append("commit", to, ops);
    }
    segment = await draft.finish(directory, 0);
    await disk.link(`${beside}/${openName(draft.id)}`, `${beside}/${logName(1, draft.id.token)}`);
    await disk.syncDirectory(beside);
    created = await unlessTaken(() => disk.rename(beside, directory));
    if (created) {
      await decided(() => disk.syncDirectory(root));
      const view = new View([segment]);
      view.append(draft.records);
      return { view, owner: new Owner(disk, directory, segment) };
    }
  } catch (error) {
    await segment?.release();
    // Whoever finds that the store exists removes what is meant to become one.
    if (created || codeOf(error) !== "ENOENT") {
      await abandon(created ? undefined : () => disk.removeTree(beside));
      throw error;
    }
    return undefined;
  }
  await segment.release();
  await abandon(() => disk.removeTree(beside));
  return undefined;
}

/** What fails here leaves files that nobody takes for a store, and that the next creation removes. */
async function abandon(remove: (() => void | Promise<void>) | undefined): Promise<void> {
  try {
    await remove?.();
  } catch {
    // Nothing rests on it.
  }
}

/** Announces that somebody takes over: nothing that the owner writes from now on counts unless it is found below. */
export async function announce({ disk, directory }: Home, view: View): Promise<void> {
  const { header } = view.current;
  await unlessMissing(() =>
    disk.rename(`${directory}/${openName(header)}`, `${directory}/${doneName(header)}`),
  );
}

/**
 * Goes on from an announced end in a segment of its own, with these commits in it. `undefined` where somebody else
 * was faster. Rejects with `Undecided` where it may have happened.
 */
export async function takeOver(home: Home, view: View, commits: Commits): Promise<Owner | undefined> {
  const { current, segments } = view;
  // What is damaged stays where it is if it can, and is reported to whoever reads it.
  for (const from of new Set([planTakeover(view), segments.length])) {
    try {
      return await takeOverFrom(home, view, commits, from);
    } catch (error) {
      if (!(error instanceof StorageCorrupt) || from === segments.length) {
        // Whoever was faster may have cut off what was to be copied.
        if (error instanceof StorageCorrupt && !(await isLast(home.disk, home.directory, current))) {
          return undefined;
        }
        throw error;
      }
    }
  }
  return undefined;
}

async function takeOverFrom(
  home: Home,
  view: View,
  commits: Commits,
  from: number,
): Promise<Owner | undefined> {
  const { disk } = home;
  const { segments, current } = view;
  const lengths = segments.map((_, at) => view.lengthOf(at));
  const changes =
    from === segments.length
      ? changesOf(current, view.unsettled)
      : from === 0
        ? view.all()
        : await changesSince(disk, segments, lengths, from);
  let draft: Draft;
  try {
    draft = await beginAfter(home, view, from);
  } catch (error) {
    if (codeOf(error) === "ENOENT") {
      return undefined;
    }
    throw error;
  }
  return complete(home, view, from, draft, changes, commits);
}

/** A draft that copies the segments from `from` on. */
export function beginAfter({ disk, directory, runtimeId }: Home, view: View, from: number): Promise<Draft> {
  const { header } = view.current;
  const lineage: Lineage = {
    runtimeId,
    life: header.life,
    number: header.number + 1,
    previous: keptBefore(view, from),
    follows: { number: header.number, token: header.token },
  };
  return Draft.begin(disk, directory, lineage);
}

/** Writes the rest of a draft, publishes it and lets the view go on with it. The draft is used up. */
export async function complete(
  home: Home,
  view: View,
  from: number,
  draft: Draft,
  changes: Changes,
  commits: Commits,
): Promise<Owner | undefined> {
  const { disk, directory } = home;
  let segment: Segment | undefined;
  let published = false;
  try {
    // A key that is deleted now may be in an older segment, or in what has been copied before.
    await copyChanges(disk, draft, changes, view.head, from > 0 || draft.records.length > 0);
    if (draft.records.at(-1)?.head !== view.head) {
      // Nothing but the head has changed.
      await draft.append("copy", view.head, []);
    }
    for (const { to, ops } of commits) {
      await draft.append("commit", to, ops);
    }
    segment = await draft.finish(directory, view.place.offset);
    published = await publish(disk, directory, draft.id, view.current);
    if (!published) {
      await draft.discard(directory);
      return undefined;
    }
    await decided(() => disk.syncDirectory(directory));
    await view.succeed(segment, draft.records, from);
    return new Owner(disk, directory, segment);
  } catch (error) {
    await (published ? segment?.release() : draft.discard(directory));
    throw error;
  }
}

/** What has been made visible may have happened, whatever fails afterwards. */
async function decided(step: () => void | Promise<void>): Promise<void> {
  try {
    await step();
  } catch (error) {
    if (codeOf(error) === "ENOENT") {
      throw new Error("the store was deleted; whether the commit counted before is unknown");
    }
    throw new Undecided("what was written is there, but perhaps not durable", { cause: error });
  }
}
