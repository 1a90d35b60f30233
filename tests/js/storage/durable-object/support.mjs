/** workerd as npm brings it, with the objects of `worker.js`. */
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { packagesOf } from "../hosts/hosts.mjs";

export const KINDS = ["Newer", "Older"];

/** Where files cost nothing, on machines that have such a place: for tests of what is in them, not of the medium. */
const quickPlace = existsSync("/dev/shm") ? "/dev/shm" : tmpdir();

/** A folder that is gone after the test. */
export function folder(context, place = quickPlace) {
  const path = mkdtempSync(join(place, "objects-"));
  context.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** The packages' folder and the bundle that workerd runs, made in `out`; or the reason why there is none. */
export async function bundled(out) {
  const { folder: packages, reason } = await packagesOf("workerd");
  if (packages === undefined) {
    return { reason };
  }
  const { build } = createRequire(join(packages, "package.json"))("esbuild");
  await build({
    entryPoints: [fileURLToPath(new URL("worker.js", import.meta.url))],
    outdir: out,
    bundle: true,
    format: "esm",
    conditions: ["workerd", "worker"],
    external: ["node:*", "cloudflare:*"],
    loader: { ".wasm": "copy" },
    logLevel: "error",
  });
  return { packages, script: join(out, "worker.js") };
}

/** workerd with everything that its objects store in `place`. */
export function host({ packages, script }, place) {
  const { Miniflare } = createRequire(join(packages, "package.json"))("miniflare");
  const miniflare = new Miniflare({
    modules: true,
    modulesRoot: dirname(script),
    scriptPath: script,
    modulesRules: [{ type: "CompiledWasm", include: ["**/*.wasm"] }],
    compatibilityDate: "2026-04-01",
    compatibilityFlags: ["nodejs_compat"],
    cf: false,
    // What objects fail with comes as answers; some are to fail.
    handleRuntimeStdio(out, errors) {
      out.resume();
      errors.resume();
    },
    durableObjects: {
      Newer: { className: "Newer", useSQLite: true },
      Older: { className: "Older", useSQLite: false },
      Agent: { className: "Agent", useSQLite: true },
    },
    durableObjectsPersist: place,
  });
  let ended;
  return {
    async ask(path, body = {}) {
      const answer = await miniflare.dispatchFetch(`http://objects/${path}`, {
        method: "POST",
        body: JSON.stringify(body),
      });
      if (!answer.ok) {
        throw new Error(`${answer.status}: ${await answer.text()}`);
      }
      return answer.json();
    },
    end() {
      ended ??= miniflare.dispose();
      return ended;
    },
  };
}
