/** A runtime in an object whose end comes in every way: the object's, the process's by itself, and by a signal. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { bundled, folder, host } from "./support.mjs";

const about = { kind: "Agent", object: "agent" };

/** Says texts that are numbered from `from` on; answers when the object does. */
const say = ({ ask }, from, count, more = {}) => {
  const texts = Array.from({ length: count }, (_, at) => `${from + at} ${"é".repeat(500)}`);
  return ask("say", { ...about, texts, ...more });
};

/** What is kept is numbered without a hole; answers how much that is. */
async function kept({ ask }) {
  const texts = await ask("texts", about);
  assert.deepEqual(
    texts.map((text) => Number(text.split(" ")[0])),
    texts.map((_, at) => at),
  );
  return texts.length;
}

test("a runtime in a Durable Object", async (context) => {
  const bundle = await bundled(folder(context));
  if (bundle.reason !== undefined) {
    context.skip(bundle.reason);
    return;
  }

  await context.test("is there again after workerd has ended and begun again", async (subject) => {
    const place = folder(subject);
    for (let round = 0; round < 3; round += 1) {
      const workerd = host(bundle, place);
      subject.after(workerd.end);
      assert.equal(await kept(workerd), round * 100);
      assert.equal((await say(workerd, round * 100, 100)).at(-1), (round + 1) * 100);
      await workerd.end();
    }
  });

  await context.test("is there again after its object was aborted, in mid-stream too", async (subject) => {
    const workerd = host(bundle, folder(subject));
    subject.after(workerd.end);
    let acknowledged = 0;
    for (let round = 0; round < 5; round += 1) {
      const sent = (await kept(workerd)) + 50;
      assert.ok(sent - 50 >= acknowledged, "what was acknowledged is there");
      acknowledged = (await say(workerd, sent - 50, 50)).at(-1);
      assert.equal(acknowledged, sent);
      await assert.rejects(say(workerd, sent, 600, { abort: true }), /in mid-stream/);
      await assert.rejects(workerd.ask("abort", about), /as asked/);
    }
  });

  await context.test("on a full disk loses nothing, and goes on once there is room", async (subject) => {
    const place = mkdtempSync(join(tmpdir(), "objects-small-"));
    try {
      execFileSync("mount", ["-t", "tmpfs", "-o", "size=6m", "tmpfs", place], { stdio: "pipe" });
    } catch (error) {
      rmSync(place, { recursive: true });
      subject.skip(`mounting is not permitted here: ${String(error.message).split("\n")[0]}`);
      return;
    }
    const ballast = join(place, "ballast");
    const workerd = host(bundle, join(place, "objects"));
    subject.after(async () => {
      await workerd.end();
      execFileSync("umount", ["-l", place]);
      rmSync(place, { recursive: true });
    });
    let acknowledged = (await say(workerd, 0, 10)).at(-1);
    writeFileSync(ballast, randomBytes(4_500_000));
    const failure = await (async () => {
      for (;;) {
        acknowledged = (await say(workerd, acknowledged, 100)).at(-1);
        assert.ok(acknowledged < 10_000, "the disk is full some time");
      }
    })().catch((error) => error);
    subject.diagnostic(String(failure.message).split("\n")[0].slice(0, 200));
    rmSync(ballast);
    const now = await kept(workerd);
    assert.ok(now >= acknowledged, `${now} of ${acknowledged}`);
    assert.equal((await say(workerd, now, 10)).at(-1), now + 10);
  });
});
