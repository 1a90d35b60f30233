// What the binding exports, as wasm-bindgen declares it.
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** The names of the functions, without those that wasm-bindgen adds for itself. */
export function exportsIn(moduleFolder) {
  const declared = readFileSync(join(moduleFolder, "worker_runtime.d.ts"), "utf8");
  const names = [...declared.matchAll(/^export function (\w+)\(/gm)].map(([, name]) => name);
  if (names.length === 0) throw new Error("wasm-bindgen declares no function");
  return names;
}
