/** Processes that append to a store, watched from another, and what has to hold whatever becomes of them. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const PROGRAM = fileURLToPath(new URL("appender.mjs", import.meta.url));
export const ID = "runtime-under-test";

/** A process that appends, and what it has said so far. */
export class Appender {
  lines = [];
  #wakers = [];
  #group;

  /**
   * `medium` is `{ opener, place }`: the file of the module that opens the storage, and where that is; with `group`, what
   * opens it has processes of its own, which share its fate.
   */
  constructor(context, { opener, place, group = false }, ...options) {
    this.#group = group;
    this.child = spawn(process.execPath, [PROGRAM, opener, place, ID, ...options], {
      stdio: ["ignore", "pipe", "inherit"],
      detached: group,
    });
    context.after(() => this.signal("SIGKILL"));
    this.ended = new Promise((resolve) => this.child.once("close", resolve));
    const wake = () => {
      for (const waker of this.#wakers.splice(0)) {
        waker();
      }
    };
    createInterface({ input: this.child.stdout }).on("line", (line) => {
      this.lines.push(line);
      wake();
    });
    this.ended.then(wake);
  }

  get acknowledged() {
    return this.lines.filter((line) => /^\d/.test(line));
  }

  /** Waits until so many commits have been acknowledged. */
  async until(count) {
    while (
      this.acknowledged.length < count &&
      this.child.exitCode === null &&
      this.child.signalCode === null
    ) {
      await new Promise((resolve) => this.#wakers.push(resolve));
    }
  }

  signal(signal) {
    if (!this.#group) {
      this.child.kill(signal);
      return;
    }
    try {
      process.kill(-this.child.pid, signal);
    } catch (error) {
      if (error.code !== "ESRCH") {
        throw error;
      }
    }
  }

  async kill() {
    this.signal("SIGKILL");
    await this.ended;
  }
}

/** Some seconds, as it may take a while until a process that was told to go on does. */
const GONE_ON_ATTEMPTS = 100;

const textsOf = (records) =>
  Object.fromEntries(records.map(([key, value]) => [key, Buffer.from(value).toString()]));

/** The head and everything in the store. A commit that was handed to a server before its sender's end may still be done. */
async function inspect(storage) {
  const store = await storage.open(ID, { readOnly: true });
  try {
    for (;;) {
      const head = await store.head();
      const records = textsOf(await store.read({ gte: "!", lt: "~" }));
      if ((await store.head()) === head) {
        return { head, records };
      }
    }
  } finally {
    await store.close();
  }
}

const entryKey = (head) => {
  const [pid, step] = head.split("-");
  return `entry-${step.padStart(6, "0")}-${pid}`;
};

/** A process killed at any moment has lost nothing that was acknowledged, and left nothing by half. */
export async function surviveKills(context, medium, storage, rounds) {
  const all = [];
  for (let round = 0; round < rounds; round += 1) {
    const writer = new Appender(context, medium);
    await writer.until(1);
    await pause(Math.random() * 30);
    await writer.kill();
    const last = writer.acknowledged.at(-1);
    all.push(...writer.acknowledged);
    const { head, records } = await inspect(storage);
    for (const acknowledged of all) {
      assert.equal(records[entryKey(acknowledged)], acknowledged);
    }
    // Beyond it at most the one commit that was under way, and that one whole.
    assert.equal(records.last, head);
    const steps = Number(head.split("-")[1]) - Number(last.split("-")[1]);
    assert.ok(steps === 0 || steps === 1, `${steps} commits that nobody acknowledged`);
    assert.equal(records[entryKey(head)], head);
    if (steps === 1) {
      all.push(head);
    }
  }
  context.diagnostic(`${rounds} rounds, ${all.length} acknowledged commits, none lost`);
}

/** Two processes that each go on from whatever head they are told overwrite nothing of each other. */
export async function takeTurns(context, medium, storage, count) {
  const fighters = [0, 1].map(() => new Appender(context, medium, "fight", String(count)));
  await Promise.all(fighters.map(({ ended }) => ended));
  const { records } = await inspect(storage);
  const acknowledged = fighters.flatMap((fighter) => fighter.acknowledged);
  assert.ok(fighters.every(({ lines }) => lines.at(-1) === "DONE"));
  assert.ok(fighters.every((fighter) => fighter.acknowledged.length > 0));
  const entries = Object.entries(records).filter(([key]) => key.startsWith("entry-"));
  assert.deepEqual(new Set(entries.map(([, value]) => value)), new Set(acknowledged));
  context.diagnostic(
    `${fighters.map((fighter) => fighter.acknowledged.length).join(" and ")} commits of ${count} each`,
  );
}

/**
 * The answer to `question`. A holder that was stopped in mid-commit may hold everybody up, who opens and reads too, until it
 * goes on, which it then does by `thaw`.
 */
async function held(thaw, question) {
  for (let left = GONE_ON_ATTEMPTS; ; left -= 1) {
    try {
      return await question();
    } catch (error) {
      if (left === 0) {
        throw error;
      }
      thaw();
      await pause(50);
    }
  }
}

/** Commits on top of whatever is there, which a holder that goes on may add to; gives the new head. */
async function takeOver(store, name, thaw) {
  let from = await held(thaw, () => store.head());
  for (let step = 0; ; step += 1) {
    const to = `${name}-${step}-${Math.random()}`;
    const commit = { from, to, ops: [["taken", Buffer.from(to)]] };
    const answer = await held(thaw, () => store.commit(commit));
    if (answer === to) {
      return to;
    }
    from = answer;
  }
}

/** A holder that was stopped and goes on after a takeover is fenced. */
export async function fenceStopped(context, medium, storage, rounds) {
  for (let round = 0; round < rounds; round += 1) {
    const holder = new Appender(context, medium);
    await holder.until(3 + round);
    holder.signal("SIGSTOP");
    await pause(20);
    const thaw = () => holder.signal("SIGCONT");
    const store = await held(thaw, () => storage.open(ID, { takeover: true }));
    const answer = await takeOver(store, `taken-${round}`, thaw);
    holder.signal("SIGCONT");
    await holder.ended;
    assert.match(holder.lines.at(-2), /^FENCED /);
    const records = textsOf(await store.read({ gte: "!", lt: "~" }));
    assert.equal(await store.head(), answer);
    assert.equal(records.taken, answer);
    for (const head of holder.acknowledged) {
      assert.equal(records[entryKey(head)], head);
    }
    const mine = Object.keys(records).filter((key) => key.endsWith(`-${holder.child.pid}`));
    assert.ok(mine.length - holder.acknowledged.length <= 1);
    await store.close();
  }
}
