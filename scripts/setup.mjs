// Sets up what a build needs (and, with `--for test`, what the tests need), skipping whatever is there already.
// Node.js built-ins only: it runs before any dependency is installed.

import { ensureBrowser } from "./setup/browser.mjs";
import { ensureCargoTool, ensureSameWasmBindgen } from "./setup/cargo-tools.mjs";
import { ensureCompiler, ensureLinters } from "./setup/compiler.mjs";
import { ensureNodePackages, ensureNodeVersion } from "./setup/node.mjs";
import { ensureOtherBrowser, otherBrowsers } from "./setup/other-browsers.mjs";
import { pinned } from "./setup/pinned.mjs";
import { main, step } from "./shared/progress.mjs";

await main(async () => {
  const forTest = process.argv.slice(2).join(" ") === "--for test";
  await step("Node.js", ensureNodeVersion);
  await step("npm packages", ensureNodePackages);
  await step("Rust with wasm target", ensureCompiler);
  if (forTest) await step("Rust linters", ensureLinters);
  for (const name of Object.keys(pinned.cargo)) {
    await step(name, (report) => ensureCargoTool(name, report));
  }
  await step("versions agree", ensureSameWasmBindgen);
  if (!forTest) return;
  await step("Chromium", ensureBrowser);
  for (const name of otherBrowsers) await step(name, (report) => ensureOtherBrowser(name, report));
});
