/* What a figure was measured on. */
import { cpus, loadavg, platform, release, totalmem } from "node:os";
import { ask } from "../../../scripts/shared/command.mjs";
import { root } from "../../../scripts/shared/paths.mjs";

export function machine() {
  return {
    cpu: cpus()[0].model,
    cpus: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${platform()} ${release()}`,
  };
}

/** Of the last minute: how many programs wanted a processor. */
export const load = () => Number(loadavg()[0].toFixed(1));

/** The commit that was measured, with a mark where the tree had changed since. */
export function commit() {
  const head = ask("git", ["rev-parse", "--short=12", "HEAD"], { cwd: root });
  const changed = ask("git", ["status", "--porcelain", "src", "pkg", "Cargo.toml"], { cwd: root });
  return head === undefined ? undefined : `${head}${changed ? " with changes" : ""}`;
}
