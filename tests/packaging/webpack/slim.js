import { indexedDbStorage } from "worker-runtime/indexeddb";
import { initWasm, Runtime } from "worker-runtime/slim";
import { keepBooks } from "./shared/books.js";
import { tell } from "./shared/tell.js";

async function keep() {
  await initWasm(new URL("worker-runtime/worker_runtime.wasm", import.meta.url));
  return keepBooks(Runtime, indexedDbStorage());
}

tell(keep());
