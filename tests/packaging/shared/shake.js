// biome-ignore-all lint/correctness/noUnusedImports: what is not used is what has to be left out
// Imports everything that a page may and uses two things of it.
import { initWasm, memoryStorage, Runtime, RuntimeError, StorageRejected } from "worker-runtime";
import { indexedDbStorage } from "worker-runtime/indexeddb";
import { faultyStorage, storageConformance } from "worker-runtime/testing";

globalThis.used = [Runtime, memoryStorage];
