import { randomBytes } from "node:crypto";
import * as fs from "node:fs";
import { dirname } from "node:path";
import { setTimeout } from "node:timers/promises";

/** A value, or a promise of one: what is quick is done at once, what may take long is waited for. */
export type Eventually<T> = T | Promise<T>;

/** What tells one file from another as long as it is held open, and its length in bytes. */
export interface FileStatus {
  readonly device: bigint;
  readonly inode: bigint;
  readonly length: number;
}

/**
 * What the adapter asks of the machine, and nothing else: system calls, each of which fails with its `code` ("ENOSPC",
 * "EEXIST", …), time and chance. Tests put a machine of their own here, on which each call can fail or never return.
 */
export interface Disk {
  /** Names in a directory, in no order. */
  list(path: string): Eventually<string[]>;
  /** `false` also where it cannot be told. */
  exists(path: string): Eventually<boolean>;
  /** `null` where there is no such file. */
  status(path: string): Eventually<FileStatus | null>;
  statusOpen(file: number): Eventually<FileStatus>;
  /** `create` makes a file to read and write, and fails with `EEXIST` where there is one. */
  open(path: string, how: "read" | "write" | "create"): Eventually<number>;
  close(file: number): Eventually<void>;
  /** Fills `into` as far as the file reaches; gives the number of bytes. */
  read(file: number, into: Uint8Array, position: number): Eventually<number>;
  /** Writes all of `bytes`, or fails with a part of them written. */
  write(file: number, bytes: Uint8Array, position: number): Eventually<void>;
  truncate(file: number, length: number): Eventually<void>;
  /** Returns once content and length are on the medium. `atOnce` holds up the loop and saves the way to a thread. */
  sync(file: number, atOnce?: boolean): Eventually<void>;
  /** Returns once the names in this directory are on the medium. */
  syncDirectory(path: string): Eventually<void>;
  /** A second name for a file; fails with `EEXIST` where the name is taken. */
  link(existing: string, name: string): Eventually<void>;
  /** Fails with `ENOTEMPTY` or `EEXIST` where a directory would replace one with something in it. */
  rename(from: string, to: string): Eventually<void>;
  unlink(path: string): Eventually<void>;
  makeDirectory(path: string): Eventually<void>;
  /** Makes a directory and what is missing above it, and returns once all of that is on the medium. */
  makePath(path: string): Eventually<void>;
  /** Removes a directory and everything in it; harmless where there is none. */
  removeTree(path: string): Eventually<void>;
  /** Rejects with the signal's reason once it aborts. */
  pause(milliseconds: number, signal?: AbortSignal): Promise<void>;
  /** 32 hexadecimal digits that are not given twice. */
  token(): string;
}

/** Above this many bytes a read or a write goes to another thread: it might take longer than the loop should stand. */
const AT_ONCE = 65_536;

/** A file above this many bytes is given back by another thread: the system takes a while to forget what it has of it. */
const LONG = 1_048_576;

const FLAGS = { read: "r", write: "r+", create: "wx+" } as const;

/** What a platform that cannot sync a directory answers. */
const CANNOT_SYNC = new Set(["EINVAL", "EISDIR", "EPERM", "ENOTSUP", "EBADF"]);

/** The file system of this machine. */
export const nodeDisk: Disk = {
  list: (path) => fs.readdirSync(path),

  exists: (path) => fs.existsSync(path),

  status(path) {
    const found = fs.statSync(path, { bigint: true, throwIfNoEntry: false });
    return found === undefined ? null : describe(found);
  },

  statusOpen: (file) => describe(fs.fstatSync(file, { bigint: true })),

  open: (path, how) => fs.openSync(path, FLAGS[how]),

  close(file) {
    const { nlink, size } = fs.fstatSync(file);
    return nlink === 0 && size > LONG ? elsewhere((done) => fs.close(file, done)) : fs.closeSync(file);
  },

  read(file, into, position) {
    if (into.length > AT_ONCE) {
      return readLong(file, into, position);
    }
    let done = 0;
    while (done < into.length) {
      const count = fs.readSync(file, into, done, into.length - done, position + done);
      if (count === 0) {
        break;
      }
      done += count;
    }
    return done;
  },

  write(file, bytes, position) {
    if (bytes.length > AT_ONCE) {
      return writeLong(file, bytes, position);
    }
    let done = 0;
    while (done < bytes.length) {
      done += fs.writeSync(file, bytes, done, bytes.length - done, position + done);
    }
    return undefined;
  },

  truncate: (file, length) => fs.ftruncateSync(file, length),

  sync(file, atOnce = false) {
    if (atOnce) {
      return fs.fdatasyncSync(file);
    }
    return elsewhere((done) => fs.fdatasync(file, done));
  },

  async syncDirectory(path) {
    let file: number;
    try {
      file = fs.openSync(path, "r");
    } catch (error) {
      if (process.platform === "win32") {
        return;
      }
      throw error;
    }
    try {
      await new Promise<void>((resolve, reject) => {
        fs.fsync(file, (error) => {
          const cannot = process.platform === "win32" && CANNOT_SYNC.has(error?.code ?? "");
          return error === null || cannot ? resolve() : reject(error);
        });
      });
    } finally {
      fs.closeSync(file);
    }
  },

  link: (existing, name) => fs.linkSync(existing, name),

  rename: (from, to) => fs.renameSync(from, to),

  unlink(path) {
    const found = fs.statSync(path, { throwIfNoEntry: false });
    const isLong = found !== undefined && found.nlink === 1 && found.size > LONG;
    return isLong ? elsewhere((done) => fs.unlink(path, done)) : fs.unlinkSync(path);
  },

  makeDirectory: (path) => fs.mkdirSync(path),

  // Not `recursive`, with which Node.js tries for ever where the parent is there and takes none, as in `/proc`.
  async makePath(path) {
    const parent = dirname(path);
    try {
      fs.mkdirSync(path);
    } catch (error) {
      if (isDirectory(path)) {
        return;
      }
      if (codeOf(error) !== "ENOENT" || fs.existsSync(parent)) {
        throw error;
      }
      await nodeDisk.makePath(parent);
      return nodeDisk.makePath(path);
    }
    await nodeDisk.syncDirectory(parent);
  },

  removeTree: (path) => fs.promises.rm(path, { recursive: true, force: true }),

  async pause(milliseconds, signal) {
    try {
      await setTimeout(milliseconds, undefined, signal === undefined ? undefined : { signal });
    } catch (error) {
      signal?.throwIfAborted();
      throw error;
    }
  },

  token: () => randomBytes(16).toString("hex"),
};

function isDirectory(path: string): boolean {
  return fs.statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

function describe(found: fs.BigIntStats): FileStatus {
  return { device: found.dev, inode: found.ino, length: Number(found.size) };
}

/** What another thread does meanwhile. */
function elsewhere(call: (done: fs.NoParamCallback) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    call((error) => (error ? reject(error) : resolve()));
  });
}

async function readLong(file: number, into: Uint8Array, position: number): Promise<number> {
  let done = 0;
  while (done < into.length) {
    const start = done;
    const count = await new Promise<number>((resolve, reject) => {
      fs.read(file, into, start, into.length - start, position + start, (error, read) =>
        error === null ? resolve(read) : reject(error),
      );
    });
    if (count === 0) {
      break;
    }
    done += count;
  }
  return done;
}

async function writeLong(file: number, bytes: Uint8Array, position: number): Promise<void> {
  let done = 0;
  while (done < bytes.length) {
    const start = done;
    done += await new Promise<number>((resolve, reject) => {
      fs.write(file, bytes, start, bytes.length - start, position + start, (error, written) =>
        error === null ? resolve(written) : reject(error),
      );
    });
  }
}

/** The `code` of a failed system call, `undefined` for whatever else was thrown. */
export function codeOf(error: unknown): string | undefined {
  if (typeof error !== "object" || error === null) {
    return undefined;
  }
  const { code } = error as { code?: unknown };
  return typeof code === "string" ? code : undefined;
}

/** Does what is not there any more count as done: for names that somebody else may have removed. */
export async function unlessMissing(action: () => Eventually<void>): Promise<boolean> {
  try {
    await action();
    return true;
  } catch (error) {
    if (codeOf(error) === "ENOENT") {
      return false;
    }
    throw error;
  }
}
