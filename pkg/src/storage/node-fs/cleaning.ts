import { basename, dirname } from "node:path";
import { type Disk, unlessMissing } from "./disk.js";
import type { Header } from "./header.js";
import { listStore } from "./load.js";
import { doneName, parseName } from "./names.js";
import { besides } from "./succession.js";

/**
 * Removes what no longer counts, for the maker of the segment with this header. It may be called at any later time,
 * also when others have taken over meanwhile: what it removes can never count again.
 */
export async function removeLeftovers(disk: Disk, directory: string, header: Header): Promise<void> {
  const names = (await listStore(disk, directory)) ?? [];
  if (!names.some((name) => lifeOf(name) === header.life)) {
    // Deleted, and created again.
    return;
  }
  const counting = new Set([header.token, ...header.previous.map(({ token }) => token)]);
  const drafts: string[] = [];
  const logs: string[] = [];
  const segments: string[] = [];
  for (const name of names) {
    const parsed = parseName(name);
    if (parsed?.kind === "log") {
      if (parsed.number < header.number) {
        logs.push(name);
      }
    } else if (parsed !== undefined && parsed.id.number <= header.number && !counting.has(parsed.id.token)) {
      (parsed.kind === "open" ? drafts : segments).push(name);
    }
  }
  // Drafts before the names that they might take, and those from the lowest number: `publish` and `isLast` rest on it.
  for (const name of [...drafts, ...logs, ...segments]) {
    await unlessMissing(() => disk.unlink(`${directory}/${name}`));
  }
  for (const kept of header.previous) {
    await cutOff(disk, `${directory}/${doneName(kept)}`, kept.length);
  }
}

function lifeOf(name: string): string | undefined {
  const parsed = parseName(name);
  return parsed?.kind === "log" ? parsed.life : undefined;
}

/** Cuts off what a killed writer left behind the part that counts. */
async function cutOff(disk: Disk, path: string, length: number): Promise<void> {
  const status = await disk.status(path);
  if (status === null || status.length <= length) {
    return;
  }
  const file = await disk.open(path, "write");
  try {
    await disk.truncate(file, length);
    await disk.sync(file);
  } finally {
    await disk.close(file);
  }
}

/** Removes a store as a whole; answers whether there was one. */
export async function removeStore(disk: Disk, directory: string): Promise<boolean> {
  const beside = besides(disk, directory, "old");
  if (!(await unlessMissing(() => disk.rename(directory, beside)))) {
    return false;
  }
  await disk.syncDirectory(dirname(directory));
  await disk.removeTree(beside);
  return true;
}

/**
 * Removes what interrupted creations and removals have left beside a store. A creation that is under way elsewhere
 * fails by it and finds that there is a store already.
 */
export async function removeInterrupted(disk: Disk, directory: string): Promise<void> {
  const root = dirname(directory);
  const name = basename(directory);
  for (const found of await disk.list(root)) {
    if (found.startsWith(`${name}.new-`)) {
      // Renamed first: as a whole it can still become the store, half removed it must not.
      const beside = besides(disk, directory, "old");
      if (await unlessMissing(() => disk.rename(`${root}/${found}`, beside))) {
        await disk.removeTree(beside);
      }
    } else if (found.startsWith(`${name}.old-`)) {
      await disk.removeTree(`${root}/${found}`);
    }
  }
}
