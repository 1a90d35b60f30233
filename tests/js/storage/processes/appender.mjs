/**
 * A process of its own that appends to a store, for tests that kill or stop it. It gets the module whose `openStorage`
 * gives the storage at a place. Each acknowledged head is written to its standard output, one a line; `DONE` where it has
 * been fenced or has done enough.
 */
import { randomUUID } from "node:crypto";
import { writeSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [opener, place, id, mode = "takeover", count = "1000000"] = process.argv.slice(2);
const say = (line) => writeSync(1, `${line}\n`);

const { openStorage } = await import(pathToFileURL(opener).href);
const storage = await openStorage(place);
const store = await storage.open(id, { takeover: mode === "takeover" || mode === "fight" });
say("OPEN");

/** Offers a commit until it is decided, as a runtime does. */
async function offer(commit) {
  for (let left = 20; ; left -= 1) {
    try {
      return await store.commit(commit);
    } catch (error) {
      if (left === 0) {
        throw error;
      }
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
}

let head = await store.head();
for (let step = 0; step < Number(count); step += 1) {
  const to = `${process.pid}-${step}-${randomUUID()}`;
  const ops = [
    [`entry-${String(step).padStart(6, "0")}-${process.pid}`, Buffer.from(to)],
    ["last", Buffer.from(to)],
  ];
  if (step % 5 === 0) {
    ops.push([`long-${step % 3}`, Buffer.alloc(20_000, step % 251)]);
  }
  const answer = await offer({ from: head, to, ops });
  if (answer === to) {
    say(to);
    head = to;
  } else if (mode === "fight") {
    head = answer;
  } else {
    say(`FENCED ${answer}`);
    break;
  }
}
await store.close();
await storage.end?.();
say("DONE");
