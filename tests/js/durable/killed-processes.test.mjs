/** Runtimes on files in processes that are killed in the middle of a stream of mutations, alone and against each other. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { Runtime } from "worker-runtime";
import { nodeFsStorage } from "worker-runtime/node-fs";
import { allEvents, pause, until } from "./support.mjs";

const ROUNDS = Number(process.env.RUNTIME_KILL_ROUNDS ?? 12);
const program = fileURLToPath(new URL("streaming-process.mjs", import.meta.url));

/** What the processes on one directory have told, and what is there. */
async function ledger(t) {
  const directory = await mkdtemp(join(tmpdir(), "worker-runtime-killed-"));
  t.after(() => rm(directory, { recursive: true, force: true }));
  const acknowledged = new Map();
  const refused = new Map();
  const start = (prefix, takeover = "") => {
    const child = spawn(process.execPath, [program, directory, prefix, takeover], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const state = { isOpen: false, child, ended: once(child, "close") };
    t.after(() => child.kill("SIGKILL"));
    createInterface(child.stdout).on("line", (line) => {
      const [word, name, ...rest] = line.split(" ");
      if (word === "OPEN") {
        state.isOpen = true;
      } else if (word === "ACK") {
        acknowledged.set(name, rest.map(Number));
      } else {
        refused.set(name, rest);
      }
    });
    return state;
  };
  const check = async (when) => {
    const storage = nodeFsStorage({ directory });
    const runtime = await Runtime.open({ storage, runtimeId: "r", signal: AbortSignal.timeout(20_000) });
    const found = new Map();
    for (const { workerRef } of runtime.listWorkers()) {
      for (let start = 0; start !== undefined; ) {
        const page = await runtime.transcriptProjection(workerRef, { start, limit: 256 });
        for (const { content, sequence, eventId } of page.items) {
          const [name] = content.split(" ");
          assert.ok(!found.has(name), `${when}: ${name} is there twice`);
          found.set(name, [sequence, eventId, content.length]);
        }
        start = page.nextStart;
      }
    }
    for (const [name, ack] of acknowledged) {
      assert.deepEqual(found.get(name), ack, `${when}: ${name} was acknowledged`);
    }
    for (const [name, [code, outcome]] of refused) {
      assert.equal(code, "storage_conflict", `${when}: ${name}`);
      assert.ok(outcome === "unknown" || !found.has(name), `${when}: ${name} certainly is not there`);
    }
    const events = await allEvents(runtime);
    assert.ok(
      events.every(({ id }, at) => id === at + 1),
      `${when}: event ids without gaps`,
    );
    await runtime.close();
  };
  return { acknowledged, refused, start, check };
}

test(`a process that is killed loses no acknowledged mutation, ${ROUNDS} times`, async (t) => {
  const { acknowledged, refused, start, check } = await ledger(t);
  for (let round = 0; round < ROUNDS; round++) {
    const before = acknowledged.size;
    const { child, ended } = start(`r${round}`);
    await until(() => acknowledged.size > before + 5, "acknowledgements", 30_000);
    await pause(Math.random() * 120);
    child.kill("SIGKILL");
    await ended;
    await check(`round ${round}`);
  }
  assert.equal(refused.size, 0);
  t.diagnostic(`${ROUNDS} kills, ${acknowledged.size} mutations acknowledged, none lost`);
});

test("processes that take a runtime from each other, stop, go on and are killed", async (t) => {
  const { acknowledged, refused, start, check } = await ledger(t);
  const rounds = Math.ceil(ROUNDS / 3);
  for (let round = 0; round < rounds; round++) {
    const first = start(`${round}a`, "takeover");
    await until(() => first.isOpen, "the first", 30_000);
    await pause(Math.random() * 100);
    const isFrozen = round % 2 === 0;
    if (isFrozen) {
      first.child.kill("SIGSTOP");
    }
    const before = acknowledged.size;
    const second = start(`${round}b`, "takeover");
    await until(() => acknowledged.size > before + 10, "the second's acknowledgements", 30_000);
    if (isFrozen) {
      first.child.kill("SIGCONT");
    }
    await first.ended;
    assert.equal(first.child.exitCode, 0, "it was fenced, and ended by itself");
    second.child.kill("SIGKILL");
    await second.ended;
    await check(`round ${round}`);
  }
  assert.ok(refused.size > 0);
  t.diagnostic(`${rounds} takeovers, ${acknowledged.size} acknowledged, ${refused.size} refused`);
});
