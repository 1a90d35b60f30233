/** JavaScript runtimes other than the one that runs the tests, as npm brings them. */
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { installedPackages } from "../../../../scripts/shared/cached-packages.mjs";

const pinned = JSON.parse(readFileSync(new URL("pinned.json", import.meta.url), "utf8"));

/** The folder of a group of pinned packages, or the reason why it is not there. */
export async function packagesOf(group) {
  try {
    return { folder: await installedPackages(group, pinned[group]) };
  } catch (error) {
    return { reason: `npm did not bring it: ${error.message}` };
  }
}

/** The path of "node-22", "node-24" or "bun", or the reason why there is none. */
export async function hostProgram(name) {
  const { folder, reason } = await packagesOf(name);
  if (folder === undefined) {
    return { reason };
  }
  const path = join(folder, "node_modules", ".bin", name.startsWith("node") ? "node" : name);
  return existsSync(path) ? { path } : { reason: `npm has no ${name} for this machine` };
}

/** Runs a program that tells of its cases as `tellCases` does, and makes a test of each. */
export async function testsOf(context, path, args) {
  const child = spawn(path, args, { stdio: ["ignore", "pipe", "inherit"] });
  context.after(() => child.kill("SIGKILL"));
  const ended = new Promise((resolve) => child.once("close", (code, signal) => resolve(signal ?? code)));
  let told = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    const { name, error, skipped, notes } = JSON.parse(line);
    told += 1;
    await context.test(name, (subject) => {
      for (const note of notes) {
        subject.diagnostic(note);
      }
      if (skipped !== undefined) {
        subject.skip(skipped);
      } else if (error !== undefined) {
        throw new Error(error);
      }
    });
  }
  const end = await ended;
  if (end !== 0 || told === 0) {
    throw new Error(`${path} told of ${told} cases and ended with ${end}`);
  }
}
