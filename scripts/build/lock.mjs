// One build at a time in a checkout, so that `npm start` and `npm test` may run side by side.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { targetFolder } from "../shared/paths.mjs";

const POLL_MS = 250;
const file = join(targetFolder, "build", "lock");

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
}

/** Takes the lock; one whose holder has died is taken over. */
async function acquire() {
  mkdirSync(join(targetFolder, "build"), { recursive: true });
  for (let told = false; ; await sleep(POLL_MS)) {
    try {
      return writeFileSync(file, String(process.pid), { flag: "wx" });
    } catch (error) {
      if (error.code !== "EEXIST") throw error;
    }
    let holder;
    try {
      holder = Number(readFileSync(file, "utf8"));
    } catch {
      continue;
    }
    if (holder > 0 && !isAlive(holder)) rmSync(file, { force: true });
    else if (!told) {
      told = true;
      console.log(`… waiting for the build of process ${holder}`);
    }
  }
}

export async function withBuildLock(work) {
  await acquire();
  try {
    return await work();
  } finally {
    rmSync(file, { force: true });
  }
}
