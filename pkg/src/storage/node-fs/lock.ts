import * as fs from "node:fs";
import { threadId } from "node:worker_threads";
import { codeOf, type Disk, unlessMissing } from "./disk.js";

/**
 * Politeness, nothing else: a file that names whoever has a store open to write, so that the next one can wait.
 * Nothing is damaged where it is wrong, missing or removed by hand.
 */
export interface Holder {
  readonly token: string;
  readonly pid: number;
  readonly thread: number;
  /** When the process was started, as the system counts; absent where it does not say. */
  readonly started?: string | undefined;
  /** Which start of the system, and which of its sets of process numbers; absent where it does not say. */
  readonly system?: string | undefined;
}

const FIRST_PAUSE = 5;
const LONGEST_PAUSE = 100;
/** A file that names nobody may be in the course of being written for so long, in milliseconds. */
const WRITING = 500;

/** Locks held in this thread, by whichever copy of the package. */
const REGISTRY = Symbol.for("worker-runtime.node-fs.locks");
const shared = globalThis as { [REGISTRY]?: Set<string> };
shared[REGISTRY] ??= new Set();
const held = shared[REGISTRY];

/** A lock that is held. */
export interface Lock {
  release(): Promise<void>;
  /** Whether somebody else has taken it by now. */
  isLost(): Promise<boolean>;
}

/** In place of a lock that is not needed, or could not be had. */
export const NO_LOCK: Lock = { release: async () => {}, isLost: async () => false };

/** Takes the lock as soon as nobody who lives has it. Rejects with the signal's reason. */
export async function lock(
  disk: Disk,
  path: string,
  options: { signal?: AbortSignal | undefined; takeover?: boolean | undefined },
): Promise<Lock> {
  const { signal, takeover } = options;
  const me = self(disk);
  let unreadableSince: number | undefined;
  for (let wait = FIRST_PAUSE; ; wait = Math.min(LONGEST_PAUSE, wait * 1.5)) {
    signal?.throwIfAborted();
    let file: number;
    try {
      file = await disk.open(path, "create");
    } catch (error) {
      if (codeOf(error) !== "EEXIST") {
        // No room for it, or no permission: that stops nobody from reading, and a commit says so for itself.
        return NO_LOCK;
      }
      const holder = await readHolder(disk, path);
      if (holder === undefined) {
        continue;
      }
      if (holder === "unreadable") {
        unreadableSince ??= performance.now();
      }
      const lives =
        holder === "unreadable"
          ? performance.now() - (unreadableSince as number) < WRITING
          : isAlive(holder, path);
      if (takeover || !lives) {
        await remove(disk, path, holder === "unreadable" ? undefined : holder.token);
      } else {
        await disk.pause(wait, signal);
      }
      continue;
    }
    held.add(me.token);
    try {
      await disk.write(file, Buffer.from(`${JSON.stringify(me)}\n`), 0);
    } catch {
      // Whoever waits takes it for one that is being written, and then for an abandoned one.
    }
    return {
      async release() {
        held.delete(me.token);
        await disk.close(file);
        await remove(disk, path, me.token);
      },
      async isLost() {
        const [mine, present] = [await disk.statusOpen(file), await disk.status(path)];
        return present === null || present.inode !== mine.inode || present.device !== mine.device;
      },
    };
  }
}

/** Removes a lock that nobody who lives has. */
export async function removeStaleLock(disk: Disk, path: string): Promise<void> {
  const holder = await readHolder(disk, path);
  if (holder !== undefined && holder !== "unreadable" && !isAlive(holder, path)) {
    await remove(disk, path, holder.token);
  }
}

async function readHolder(disk: Disk, path: string): Promise<Holder | "unreadable" | undefined> {
  let file: number;
  try {
    file = await disk.open(path, "read");
  } catch {
    return undefined;
  }
  try {
    const bytes = Buffer.alloc(1_024);
    const length = await disk.read(file, bytes, 0);
    const holder: unknown = JSON.parse(bytes.toString("utf8", 0, length));
    const { token, pid, thread } = holder as Partial<Holder>;
    const whole = typeof token === "string" && typeof pid === "number" && typeof thread === "number";
    return whole ? (holder as Holder) : "unreadable";
  } catch {
    return "unreadable";
  } finally {
    await disk.close(file);
  }
}

/** Removes the lock if it is still the one that was looked at, and puts another one back. */
async function remove(disk: Disk, path: string, token: string | undefined): Promise<void> {
  const aside = `${path}-${disk.token()}`;
  if (!(await unlessMissing(() => disk.rename(path, aside)))) {
    return;
  }
  const holder = await readHolder(disk, aside);
  if (holder !== undefined && holder !== "unreadable" && holder.token !== token) {
    try {
      await disk.link(aside, path);
    } catch {
      // Somebody else has taken it by now.
    }
  }
  await unlessMissing(() => disk.unlink(aside));
}

function self(disk: Disk): Holder {
  const token = disk.token();
  return {
    token,
    pid: process.pid,
    thread: threadId,
    started: startOf(process.pid)?.started,
    system: system(),
  };
}

function isAlive(holder: Holder, path: string): boolean {
  if (holder.system !== system()) {
    // Of another start of the system, or where its processes cannot be seen from here.
    return false;
  }
  if (holder.pid === process.pid && holder.started === startOf(process.pid)?.started) {
    return holder.thread === threadId ? held.has(holder.token) : isOpenHere(path);
  }
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    // Another user's lives; one that the host lets nobody ask about would otherwise be waited for when it is long gone.
    return codeOf(error) === "EPERM";
  }
  const found = startOf(holder.pid);
  return found === undefined || (found.started === holder.started && !found.ended);
}

/** When a process was started, and whether it has ended but is not yet forgotten; `undefined` where unknown. */
function startOf(pid: number): { started: string; ended: boolean } | undefined {
  const stat = contentOf(`/proc/${pid}/stat`);
  // The second field is a name in brackets, with anything in it.
  const fields = stat?.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [state, started] = [fields?.[0], fields?.[19]];
  return state === undefined || started === undefined
    ? undefined
    : { started, ended: state === "Z" || state === "X" };
}

function system(): string | undefined {
  const boot = contentOf("/proc/sys/kernel/random/boot_id")?.trim();
  try {
    return boot && `${boot} ${fs.readlinkSync("/proc/self/ns/pid")}`;
  } catch {
    return boot;
  }
}

/** Another thread of this process has the lock as long as the file is open: it is closed when the thread ends. */
function isOpenHere(path: string): boolean {
  try {
    const { ino, dev } = fs.statSync(path, { bigint: true });
    return fs.readdirSync("/proc/self/fd").some((file) => {
      const found = fs.statSync(`/proc/self/fd/${file}`, { bigint: true, throwIfNoEntry: false });
      return found?.ino === ino && found.dev === dev;
    });
  } catch {
    return true;
  }
}

function contentOf(path: string): string | undefined {
  try {
    return fs.readFileSync(path, "latin1");
  } catch {
    return undefined;
  }
}
