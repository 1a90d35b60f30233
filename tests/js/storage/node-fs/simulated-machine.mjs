/**
 * A machine in memory: a file system with what is visible and what is on the medium, and processes whose system calls
 * are carried out one at a time, in an order drawn from a seed. A process can be killed or frozen before any call, a
 * call can fail, and the power can be lost. The same seed gives the same run.
 */

export function generator(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

const SECTOR = 512;

function failure(code) {
  return Object.assign(new Error(`${code}: simulated`), { code });
}

/** Bytes, as every process sees them, and as the medium has them. */
class File {
  constructor(number) {
    this.number = number;
    this.bytes = Buffer.alloc(0);
    this.stable = Buffer.alloc(0);
    this.pending = [];
    this.failures = 0;
  }

  change(change) {
    this.bytes = change(this.bytes);
    this.pending.push(change);
  }

  sync() {
    for (const change of this.pending) {
      this.stable = change(this.stable);
    }
    this.pending = [];
  }

  /**
   * What could not be written is forgotten: everybody sees it, and no later sync brings it to the medium. Who has the
   * file open now is told so once, at the next sync.
   */
  failToSync() {
    this.pending = [];
    this.failures += 1;
  }

  /** Of what was not synced any part may have arrived, in units of sectors. */
  losePower(random) {
    let bytes = this.stable;
    for (const change of this.pending) {
      const before = bytes;
      const after = change(before);
      const kind = random();
      if (kind < 0.4) {
        bytes = after;
      } else if (kind < 0.7) {
        const mixed = Buffer.from(
          after.subarray(0, random() < 0.5 ? after.length : Math.min(before.length, after.length)),
        );
        for (let at = 0; at < mixed.length; at += SECTOR) {
          if (random() < 0.5) {
            const end = Math.min(at + SECTOR, mixed.length);
            mixed.fill(0, at, end);
            before.subarray(at, end).copy(mixed, at);
          }
        }
        bytes = mixed;
      }
    }
    this.bytes = bytes;
    this.stable = bytes;
    this.pending = [];
  }
}

class Directory {
  constructor(number) {
    this.number = number;
    this.entries = new Map();
    this.stable = new Map();
    this.pending = [];
  }

  change(change) {
    change(this.entries);
    this.pending.push(change);
  }

  sync() {
    this.stable = new Map(this.entries);
    this.pending = [];
  }

  losePower(random) {
    const entries = new Map(this.stable);
    for (const change of this.pending.slice(0, Math.floor(random() * (this.pending.length + 1)))) {
      change(entries);
    }
    this.entries = entries;
    this.sync();
    for (const entry of entries.values()) {
      entry.losePower(random);
    }
  }
}

export class Machine {
  constructor(seed) {
    this.random = generator(seed);
    this.numbers = 0;
    this.root = new Directory(this.numbers++);
    this.tokens = 0;
    this.calls = 0;
    this.ready = [];
    this.frozen = [];
    this.processes = [];
  }

  process(name) {
    const process = new Process(this, name);
    this.processes.push(process);
    return process;
  }

  /** Carries out calls in drawn order until `work` settles; fails where nobody can go on. */
  async run(work, limit = 1_000_000) {
    let settled = false;
    const done = Promise.resolve(work).finally(() => {
      settled = true;
    });
    done.catch(() => {});
    for (let idle = 0; !settled; ) {
      // Twice: whoever lets the loop have a turn has to be where it was going before the next call is drawn.
      await new Promise(setImmediate);
      await new Promise(setImmediate);
      if (this.ready.length === 0) {
        this.thaw(true);
        idle += 1;
        if (idle > 2_000) {
          throw new Error("nobody can go on");
        }
        continue;
      }
      idle = 0;
      this.calls += 1;
      if (this.calls > limit) {
        throw new Error("no end in sight");
      }
      this.thaw(false);
      const at = Math.floor(this.random() * this.ready.length);
      const [next] = this.ready.splice(at, 1);
      next.proceed();
    }
    return done;
  }

  thaw(all) {
    const staying = [];
    for (const waiting of this.frozen) {
      (all || waiting.until <= this.calls ? this.ready : staying).push(waiting);
    }
    this.frozen = staying;
  }

  /** Ends every process and leaves of the file system what the medium has. */
  losePower() {
    for (const process of this.processes) {
      process.kill();
    }
    this.root.losePower(this.random);
  }
}

/** One process: its system calls are its `disk`. */
export class Process {
  constructor(machine, name) {
    this.machine = machine;
    this.name = name;
    this.killed = false;
    this.files = new Map();
    this.calls = 0;
    /** Says what becomes of the call `number` with this name: an error code, "kill", "kill after" or { freeze: calls }. */
    this.plan = () => undefined;
    /** The share of calls that are done at once, without anybody else having a turn. */
    this.atOnce = 0;
    this.disk = this.makeDisk();
  }

  kill() {
    this.killed = true;
    const others = ({ process }) => process !== this;
    this.machine.ready = this.machine.ready.filter(others);
    this.machine.frozen = this.machine.frozen.filter(others);
  }

  /**
   * Waits for the machine to choose this call, and carries it out; what never returns is a process that ended. Or carries it out
   * at once, where it does return.
   */
  call(name, action, partly) {
    const number = this.calls;
    this.calls += 1;
    const fate = this.plan(name, number);
    const fails = typeof fate === "string" && !fate.startsWith("kill");
    if (
      this.atOnce > 0 &&
      !this.killed &&
      (fails || fate === undefined) &&
      this.machine.random() < this.atOnce
    ) {
      this.machine.calls += 1;
      if (fails) {
        partly?.(this.machine.random());
        throw failure(fate);
      }
      return action();
    }
    return new Promise((resolve, reject) => {
      const proceed = () => {
        if (this.killed) {
          return;
        }
        if (fate === "kill") {
          if (name === "write") {
            partly(this.machine.random());
          }
          this.kill();
          this.onKill?.();
          return;
        }
        try {
          if (fails) {
            partly?.(this.machine.random());
            throw failure(fate);
          }
          const result = action();
          if (fate === "kill after") {
            this.kill();
            this.onKill?.();
            return;
          }
          resolve(result);
        } catch (error) {
          reject(error);
        }
      };
      if (this.killed) {
        return;
      }
      if (typeof fate === "object") {
        this.machine.frozen.push({ process: this, proceed, until: this.machine.calls + fate.freeze });
      } else {
        this.machine.ready.push({ process: this, proceed });
      }
    });
  }

  makeDisk() {
    const { machine } = this;
    const call = this.call.bind(this);
    const parts = (path) => path.split("/").filter((part) => part !== "");
    const find = (path) => {
      let at = machine.root;
      for (const part of parts(path)) {
        at = at instanceof Directory ? at.entries.get(part) : undefined;
        if (at === undefined) {
          throw failure("ENOENT");
        }
      }
      return at;
    };
    const parentOf = (path) => {
      const names = parts(path);
      const name = names.pop();
      return { parent: find(names.join("/")), name };
    };
    const openFile = (number) => {
      const open = this.files.get(number);
      if (open === undefined) {
        throw failure("EBADF");
      }
      return open;
    };
    const fileOf = (number) => openFile(number).file;
    const sync = (number) => {
      const open = openFile(number);
      if (open.failures < open.file.failures) {
        open.failures = open.file.failures;
        throw failure("EIO");
      }
      open.file.sync();
    };
    const failToSync = (number) => {
      const open = openFile(number);
      open.file.failToSync();
      open.failures = open.file.failures;
    };
    const status = (file) => ({ device: 1n, inode: BigInt(file.number), length: file.bytes?.length ?? 0 });
    const writing = (bytes, position) => {
      const copy = Buffer.from(bytes);
      return (before) => {
        const after = Buffer.alloc(Math.max(before.length, position + copy.length));
        before.copy(after);
        copy.copy(after, position);
        return after;
      };
    };
    return {
      list: (path) => call("list", () => [...find(path).entries.keys()]),
      exists: (path) =>
        call("exists", () => {
          try {
            find(path);
            return true;
          } catch {
            return false;
          }
        }),
      status: (path) =>
        call("status", () => {
          try {
            return status(find(path));
          } catch {
            return null;
          }
        }),
      statusOpen: (number) => call("statusOpen", () => status(fileOf(number))),
      open: (path, how) =>
        call("open", () => {
          const { parent, name } = parentOf(path);
          let file = parent.entries.get(name);
          if (how === "create") {
            if (file !== undefined) {
              throw failure("EEXIST");
            }
            file = new File(machine.numbers++);
            const made = file;
            parent.change((entries) => entries.set(name, made));
          } else if (file === undefined) {
            throw failure("ENOENT");
          }
          const number = machine.numbers++;
          this.files.set(number, { file, failures: file.failures });
          return number;
        }),
      close: (number) =>
        call("close", () => {
          fileOf(number);
          this.files.delete(number);
        }),
      read: (number, into, position) =>
        call("read", () => {
          const { bytes } = fileOf(number);
          return bytes.copy(into, 0, Math.min(position, bytes.length));
        }),
      write: (number, bytes, position) =>
        call(
          "write",
          () => fileOf(number).change(writing(bytes, position)),
          (share) => {
            const part = bytes.subarray(0, Math.floor(share * bytes.length));
            fileOf(number).change(writing(part, position));
          },
        ),
      truncate: (number, length) =>
        call("truncate", () =>
          fileOf(number).change((before) => {
            const after = Buffer.alloc(length);
            before.copy(after);
            return after;
          }),
        ),
      sync: (number) =>
        call(
          "sync",
          () => sync(number),
          () => failToSync(number),
        ),
      syncDirectory: (path) => call("syncDirectory", () => find(path).sync()),
      link: (existing, path) =>
        call("link", () => {
          const file = find(existing);
          const { parent, name } = parentOf(path);
          if (parent.entries.has(name)) {
            throw failure("EEXIST");
          }
          parent.change((entries) => entries.set(name, file));
        }),
      rename: (from, to) =>
        call("rename", () => {
          const moved = find(from);
          const source = parentOf(from);
          const target = parentOf(to);
          const there = target.parent.entries.get(target.name);
          if (there instanceof Directory && there.entries.size > 0) {
            throw failure("ENOTEMPTY");
          }
          if (source.parent !== target.parent) {
            throw failure("EXDEV");
          }
          source.parent.change((entries) => {
            entries.delete(source.name);
            entries.set(target.name, moved);
          });
        }),
      unlink: (path) =>
        call("unlink", () => {
          find(path);
          const { parent, name } = parentOf(path);
          parent.change((entries) => entries.delete(name));
        }),
      makeDirectory: (path) =>
        call("makeDirectory", () => {
          const { parent, name } = parentOf(path);
          if (parent.entries.has(name)) {
            throw failure("EEXIST");
          }
          const made = new Directory(machine.numbers++);
          parent.change((entries) => entries.set(name, made));
        }),
      makePath: (path) =>
        call("makePath", () => {
          let at = machine.root;
          for (const part of parts(path)) {
            if (!at.entries.has(part)) {
              const made = new Directory(machine.numbers++);
              at.change((entries) => entries.set(part, made));
              at.sync();
            }
            at = at.entries.get(part);
          }
        }),
      removeTree: async (path) => {
        // Name by name, as the system does it, so that others see it half done.
        let names;
        try {
          names = await call("list", () => [...find(path).entries.keys()]);
        } catch {
          return;
        }
        for (const name of names) {
          await call("unlink", () => {
            try {
              find(path).change((entries) => entries.delete(name));
            } catch {}
          });
        }
        await call("unlink", () => {
          try {
            const { parent, name } = parentOf(path);
            parent.change((entries) => entries.delete(name));
          } catch {}
        });
      },
      pause: async (_milliseconds, signal) =>
        call("pause", () => {
          signal?.throwIfAborted();
        }),
      token: () => (machine.tokens++).toString(16).padStart(8, "0").padEnd(32, "a"),
    };
  }
}
