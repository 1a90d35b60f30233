// Every dependency, of the crate and of the workspace's tools, has a licence from the list of allowed ones.
// Prints each that has not; status 1 where there is any.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "./shared/command.mjs";
import { root } from "./shared/paths.mjs";

/** For what the crate and so the package is made of. */
const forProduct = new Set([
  "0BSD",
  "Apache-2.0",
  "Apache-2.0 WITH LLVM-exception",
  "BSD-2-Clause",
  "BSD-3-Clause",
  "BSL-1.0",
  "CC0-1.0",
  "ISC",
  "MIT",
  "MIT-0",
  "Unicode-3.0",
  "Unlicense",
  "Zlib",
]);

/** For the workspace's npm tools, which are used and never passed on. The package has no dependency of its own. */
const forTools = new Set([...forProduct, "BlueOak-1.0.0", "MPL-2.0"]);

/** Whether an SPDX expression can be met with `allowed` licences alone. `A/B` is how old crates write `A OR B`. */
function isMet(expression, allowed) {
  const tokens = expression.replace(/\//g, " OR ").match(/[()]|[^\s()]+/g) ?? [];
  let position = 0;
  const either = () => {
    let met = both();
    while (tokens[position]?.toUpperCase() === "OR") {
      position += 1;
      met = both() || met;
    }
    return met;
  };
  const both = () => {
    let met = one();
    while (tokens[position]?.toUpperCase() === "AND") {
      position += 1;
      met = one() && met;
    }
    return met;
  };
  const one = () => {
    if (tokens[position] === "(") {
      position += 1;
      const met = either();
      position += 1;
      return met;
    }
    let name = tokens[position++] ?? "";
    if (tokens[position]?.toUpperCase() === "WITH") {
      name += ` WITH ${tokens[position + 1]}`;
      position += 2;
    }
    return allowed.has(name);
  };
  return either() && position === tokens.length;
}

async function crates() {
  const metadata = JSON.parse(
    await run("cargo", ["metadata", "--format-version", "1", "--locked", "--quiet"], { cwd: root }),
  );
  return metadata.packages
    .filter(({ source }) => source !== null)
    .map(({ name, version, license }) => ({
      name: `crate ${name} ${version}`,
      licence: license ?? "",
      allowed: forProduct,
    }));
}

function npmPackages() {
  const { packages } = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8"));
  return Object.entries(packages)
    .filter(([path]) => path !== "")
    .map(([path, { version, license }]) => {
      const file = join(root, path, "package.json");
      const stated =
        license ?? (existsSync(file) ? JSON.parse(readFileSync(file, "utf8")).license : undefined);
      return {
        name: `npm ${path.split("node_modules/").at(-1)} ${version}`,
        licence: stated ?? "",
        allowed: forTools,
      };
    });
}

const dependencies = [...(await crates()), ...npmPackages()];
const refused = dependencies.filter(({ licence, allowed }) => !isMet(licence, allowed));
for (const { name, licence } of refused) console.log(`${name}: ${licence || "no licence stated"}`);
console.log(`${dependencies.length} dependencies, ${refused.length} refused`);
process.exitCode = refused.length > 0 ? 1 : 0;
