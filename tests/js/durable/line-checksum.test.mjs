/** The checksum of lines of every length, against the one that takes a byte at a time. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Runtime } from "worker-runtime";
import { crc32 } from "../api/crc32.mjs";
import { says } from "./support.mjs";

test("short lines and long ones, of characters of every length", async (t) => {
  const runtime = await Runtime.create();
  t.after(() => runtime.close());
  const { workerRef } = await runtime.createWorker();
  for (const character of ["a", "é", "水", "𝕏", "\u0000"]) {
    for (const length of [1, 2, 3, 4, 5, 6, 7, 8, 9, 15, 16, 17, 16_000, 16_384, 16_385, 100_000]) {
      await runtime.sendInput(workerRef, says(`x${character.repeat(length)}`));
    }
  }
  const lines = [];
  for await (const line of runtime.exportLines()) {
    lines.push(line);
  }
  assert.equal(JSON.parse(lines.pop()).crc32, crc32(lines.map((line) => `${line}\n`).join("")));
});
