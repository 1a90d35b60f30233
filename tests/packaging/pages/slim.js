import { indexedDbStorage } from "./node_modules/worker-runtime/dist/entry/indexeddb.js";
import { initWasm, Runtime } from "./node_modules/worker-runtime/dist/entry/slim.js";
import { keepBooks } from "./shared/books.js";
import { tell } from "./shared/tell.js";

async function keep() {
  await initWasm(new URL("./node_modules/worker-runtime/dist/worker_runtime.wasm", import.meta.url));
  return keepBooks(Runtime, indexedDbStorage());
}

tell(keep());
