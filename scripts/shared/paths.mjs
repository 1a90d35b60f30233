// Where things lie in the checkout, and where tools that outlive it are kept.
import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../../", import.meta.url));

/** Everything that a build or a test leaves behind; git-ignored. */
export const targetFolder = join(root, "target");
export const logFolder = join(targetFolder, "logs");
/** An empty project with the packed package installed, as a user would have it. */
export const packedFolder = join(targetFolder, "packed");
export const packageFolder = join(root, "pkg");

const cacheHome = process.env.XDG_CACHE_HOME || join(homedir(), ".cache");
/** Compiled tools, shared by all checkouts of this user. */
export const cacheFolder = join(cacheHome, "worker-runtime");

/** The command `name` of an npm development dependency. */
export const npmCommand = (name) => join(root, "node_modules", ".bin", name);
