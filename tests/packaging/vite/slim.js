import { indexedDbStorage } from "worker-runtime/indexeddb";
import { initWasm, Runtime } from "worker-runtime/slim";
import address from "worker-runtime/worker_runtime.wasm?url";
import { keepBooks } from "./shared/books.js";
import { tell } from "./shared/tell.js";

async function keep() {
  await initWasm(address);
  return keepBooks(Runtime, indexedDbStorage());
}

tell(keep());
