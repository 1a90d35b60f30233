// biome-ignore-all lint/correctness/noUnusedImports: what is not used is what has to be left out
// Uses nothing for which the module's bytes are needed.
import { initWasm, memoryStorage, Runtime, RuntimeError } from "worker-runtime";

globalThis.used = [RuntimeError];
