// What a tab can be asked to do.
import { Runtime } from "worker-runtime";
import { indexedDbStorage } from "worker-runtime/indexeddb";
import { runKit } from "./kit.js";
import { keepBooks } from "./shared/books.js";

const storage = indexedDbStorage();

/** What this tab has open, by id. */
const held = new Map();
let acknowledged = 0;

const books = () => keepBooks(Runtime, storage);

const kitInWorker = (options) =>
  new Promise((resolve, reject) => {
    const worker = new Worker("kit.js", { type: "module" });
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = ({ message }) => reject(new Error(`the worker: ${message}`));
    worker.postMessage(options);
  });

/** Opens a runtime and keeps it; answers with how many entries its Worker has. */
async function open(runtimeId, { waitMs, ...options } = {}) {
  const signal = waitMs === undefined ? undefined : AbortSignal.timeout(waitMs);
  const runtime = await Runtime.open({ runtimeId, storage, ...(signal && { signal }), ...options });
  const worker = runtime.listWorkers()[0] ?? (await runtime.createWorker());
  held.set(runtimeId, { runtime, ref: worker.workerRef });
  return worker.transcriptLen;
}

async function send(runtimeId, content = "Still here?") {
  const { runtime, ref } = held.get(runtimeId);
  return (await runtime.sendInput(ref, { kind: "user", content })).transcriptSequence;
}

async function close(runtimeId) {
  await held.get(runtimeId).runtime.close();
  held.delete(runtimeId);
}

/** Sends inputs for as long as the tab lives; `progress` tells how many are acknowledged. */
async function sendForEver(runtimeId) {
  const entries = await open(runtimeId);
  (async () => {
    for (;;) acknowledged = await send(runtimeId);
  })();
  return entries;
}

const progress = () => acknowledged;

/** Calls a runtime at each of the deepest places of the stack; answers what another one of the same module says afterwards. */
async function endOfStack(places = 400) {
  const [one, other] = await Promise.all([Runtime.create(), Runtime.create()]);
  const { workerRef } = await one.createWorker();
  await one.sendInput(workerRef, { kind: "user", content: "x" });
  let left = places;
  const deeper = () => {
    try {
      deeper();
    } catch (error) {
      if (left > 0) {
        left -= 1;
        try {
          one.summary();
        } catch {}
        throw error;
      }
    }
  };
  deeper();
  return [left, one.status(), other.status()];
}

/** Sends what does not compress until it is refused; answers with how many were acknowledged and the refusal. */
async function fill(runtimeId, mostBytes) {
  const bytes = new Uint8Array(375_000);
  let sent = 0;
  for (let total = 0; total < mostBytes; total += 500_000) {
    for (let at = 0; at < bytes.length; at += 62_500) crypto.getRandomValues(bytes.subarray(at, at + 62_500));
    const content = btoa(bytes.reduce((text, byte) => text + String.fromCharCode(byte), ""));
    try {
      sent = await send(runtimeId, content);
    } catch ({ name, code, details, cause }) {
      return {
        sent,
        refusal: { name, code, outcome: details.outcome, cause: { name: cause.name, code: cause.code } },
      };
    }
  }
  return { sent };
}

/** How many of the Worker's entries can be read back. */
async function readable(runtimeId) {
  const { runtime, ref } = held.get(runtimeId);
  let read = 0;
  for (let start = 0; start !== undefined; ) {
    const page = await runtime.transcriptProjection(ref, { start, limit: 10 });
    read += page.items.filter(({ content }) => content.length > 0).length;
    start = page.nextStart;
  }
  return read;
}

/** How many entries there are for somebody who only looks. */
async function inspect(runtimeId) {
  const view = await Runtime.inspect(storage, runtimeId);
  const [worker] = view.listWorkers();
  const page = await view.transcriptProjection(worker.workerRef, { start: 0, limit: 200 });
  await view.close();
  return page.items.length;
}

/** Ends the one subscription that it makes, and tells how. */
async function watch(runtimeId) {
  const { runtime } = held.get(runtimeId);
  try {
    for await (const event of runtime.subscribeEvents(runtime.eventCursorNow())) void event;
    return "ended";
  } catch ({ code }) {
    return code;
  }
}

/** What a frame without an origin is told. */
const sandboxed = () =>
  new Promise((resolve) => {
    const frame = document.createElement("iframe");
    frame.sandbox = "allow-scripts";
    frame.srcdoc = `<!doctype html><script type="module">
      import { Runtime } from "${new URL("node_modules/worker-runtime/dist/entry/index.js", location)}";
      import { indexedDbStorage } from "${new URL("node_modules/worker-runtime/dist/entry/indexeddb.js", location)}";
      const refusal = ({ name, code, cause }) => ({ name, code, cause: cause && { name: cause.name, code: cause.code } });
      const inMemory = await Runtime.create();
      await inMemory.createWorker();
      const opened = await Runtime.open({ storage: indexedDbStorage() }).then(() => "opened", refusal);
      parent.postMessage({ inMemory: inMemory.summary().workerCount, opened }, "*");
    </script>`;
    addEventListener("message", ({ data }) => resolve(data), { once: true });
    document.body.append(frame);
  });

export const actions = {
  books,
  kit: runKit,
  kitInWorker,
  open,
  send,
  close,
  sendForEver,
  progress,
  endOfStack,
  fill,
  readable,
  inspect,
  watch,
  sandboxed,
};
