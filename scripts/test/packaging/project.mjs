// A consumer as a project on disk: its sources, its own dependencies from npm, and the packed package, installed by npm.
// Dependencies are installed once a machine, into the user's cache.
import { spawnSync } from "node:child_process";
import { createHash, randomUUID } from "node:crypto";
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { packageHash, tarball } from "../../pack.mjs";
import { run } from "../../shared/command.mjs";
import { cacheFolder, root, targetFolder } from "../../shared/paths.mjs";

const SHARED = join(root, "tests", "packaging", "shared");
const INSTALL_TIMEOUT_MS = 600_000;
/** A consumer has npm's own defaults; the strictness about engines is the workspace's, and reaches it by the environment. */
const NPM_INSTALL = [
  "install",
  "--ignore-scripts",
  "--no-audit",
  "--no-fund",
  "--no-package-lock",
  "--no-engine-strict",
];

const hashOf = (...parts) =>
  parts.reduce((hash, part) => hash.update(part), createHash("sha256")).digest("hex");

/** Made beside its place and then moved there, so that an interrupted or a concurrent installation does no harm. */
async function ensureDependencies({ name, manifest }, report) {
  const key = hashOf(manifest, process.platform, process.arch, process.versions.modules).slice(0, 16);
  const folder = join(cacheFolder, "packaging", `${name}-${key}`);
  if (existsSync(folder)) return folder;
  report("npm install");
  const next = `${folder}.${randomUUID()}`;
  mkdirSync(join(next, "node_modules"), { recursive: true });
  try {
    writeFileSync(join(next, "package.json"), manifest);
    const log = `packaging-${name}-install`;
    await run("npm", NPM_INSTALL, { cwd: next, log, timeoutMs: INSTALL_TIMEOUT_MS });
    renameSync(next, folder);
  } catch (error) {
    if (!existsSync(folder)) throw error;
  } finally {
    rmSync(next, { recursive: true, force: true });
  }
  return folder;
}

/** Linked where the file system can, as installing takes long and much room; npm's own list, which it writes to, is a copy. */
function copyModules(from, to) {
  rmSync(to, { recursive: true, force: true });
  if (spawnSync("cp", ["-al", from, to]).status !== 0) {
    rmSync(to, { recursive: true, force: true });
    cpSync(from, to, { recursive: true, verbatimSymlinks: true });
  }
  const list = join(to, ".package-lock.json");
  if (!existsSync(list)) return;
  rmSync(list);
  copyFileSync(join(from, ".package-lock.json"), list);
}

const isSource = (path) => !path.endsWith("cells.mjs") && !path.includes("node_modules");

/** Everything but the installed modules anew. */
function copySources(consumer, folder) {
  for (const name of readdirSync(folder)) {
    if (!["node_modules", ".stamp"].includes(name))
      rmSync(join(folder, name), { recursive: true, force: true });
  }
  cpSync(consumer.folder, folder, { recursive: true, filter: isSource });
  cpSync(SHARED, join(folder, "shared"), { recursive: true });
}

/** The consumer's manifest with the package among its dependencies, as `npm install <tarball>` leaves it. */
function withPackage(manifest) {
  const parsed = JSON.parse(manifest);
  const dependencies = { ...parsed.dependencies, "worker-runtime": `file:${tarball()}` };
  return `${JSON.stringify({ ...parsed, dependencies }, null, 2)}\n`;
}

/** The project's folder, with everything installed. */
export async function prepareProject(consumer, report) {
  const folder = join(targetFolder, "packaging", consumer.name);
  mkdirSync(folder, { recursive: true });
  copySources(consumer, folder);
  const manifest = readFileSync(join(consumer.folder, "package.json"), "utf8");
  writeFileSync(join(folder, "package.json"), withPackage(manifest));
  const dependencies = await ensureDependencies({ name: consumer.name, manifest }, report);
  const stampFile = join(folder, ".stamp");
  const stamp = hashOf(dependencies, packageHash());
  if (existsSync(stampFile) && readFileSync(stampFile, "utf8") === stamp) return folder;

  rmSync(stampFile, { force: true });
  copyModules(join(dependencies, "node_modules"), join(folder, "node_modules"));
  report("npm install worker-runtime");
  await run("npm", [...NPM_INSTALL, "--offline"], {
    cwd: folder,
    log: `packaging-${consumer.name}-install`,
    timeoutMs: INSTALL_TIMEOUT_MS,
  });
  writeFileSync(stampFile, stamp);
  return folder;
}
