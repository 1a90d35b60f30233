import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL(".", import.meta.url));

const PRELUDE = `
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
const moduleUrl = new URL(import.meta.resolve("worker-runtime/worker_runtime.wasm"));
const moduleBytes = () => readFile(moduleUrl);
/** Has compilations of the module go through \`intercept\`; the host compiles modules of its own. */
async function interceptCompile(intercept) {
  const { length } = await moduleBytes();
  for (const name of ["compile", "instantiate"]) {
    const call = WebAssembly[name];
    WebAssembly[name] = (source) => (source.byteLength === length ? intercept(() => call(source)) : call(source));
  }
  WebAssembly.Module = new Proxy(WebAssembly.Module, {
    construct(Module, [source]) {
      const made = source.byteLength === length ? intercept(() => new Module(source)) : new Module(source);
      if (made instanceof Promise) {
        made.catch(() => undefined);
        throw new EvalError("compiling at once is not allowed here");
      }
      return made;
    },
  });
}
async function rejected(promise) {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  assert.fail("fulfilled");
}
`;

/** Runs a module in a process of its own, where nothing is loaded yet; it asserts by itself. */
export async function inFreshProcess(source, flags = []) {
  const child = spawn(process.execPath, [...flags, "--input-type=module", "-e", PRELUDE + source], {
    cwd: folder,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  child.stdout.on("data", (chunk) => {
    output += chunk;
  });
  child.stderr.on("data", (chunk) => {
    output += chunk;
  });
  const code = await new Promise((resolve) => child.on("close", resolve));
  assert.equal(code, 0, output);
}
