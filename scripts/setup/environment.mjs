// The environment in which the project's tools are run: the chosen compiler and the pinned commands first on the PATH.
import { delimiter, join } from "node:path";
import { root } from "../shared/paths.mjs";
import { Unavailable } from "../shared/unavailable.mjs";
import { findChromedriver, findChromium } from "./browser.mjs";
import { toolFolder } from "./cargo-tools.mjs";
import { findCompiler, WASM_TARGET } from "./compiler.mjs";
import { pinned } from "./pinned.mjs";

/** @returns {NodeJS.ProcessEnv} */
export function toolEnvironment() {
  const compiler = findCompiler();
  if (!compiler)
    throw new Unavailable(`No compiler for ${WASM_TARGET} is set up: run node scripts/setup.mjs`);
  const folders = [
    ...Object.keys(pinned.cargo).map((name) => join(toolFolder(name), "bin")),
    join(root, "node_modules", ".bin"),
    compiler.env.PATH,
  ];
  const env = { ...compiler.env, PATH: folders.join(delimiter) };
  const chromium = findChromium();
  const chromedriver = findChromedriver();
  if (chromium) env.CHROMIUM = chromium;
  if (chromedriver) env.CHROMEDRIVER = chromedriver;
  return env;
}
