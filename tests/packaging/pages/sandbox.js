// A frame that may run scripts but has no origin, and so no storage of its own.
const base = new URL(".", import.meta.url).href;
const frame = document.createElement("iframe");
frame.sandbox = "allow-scripts";
frame.srcdoc = `<!doctype html><script type="module">
  import { indexedDbStorage, Runtime } from "${base}package.js";
  const seen = ({ name, code, details, cause }) => ({ name, code, details: { ...details }, cause: cause && { name: cause.name, code: cause.code } });
  const told = (work) => work.then(() => "fulfilled", seen);
  const inMemory = await Runtime.create();
  await inMemory.createWorker();
  const { workerCount } = inMemory.summary();
  const storage = indexedDbStorage();
  parent.postMessage({
    workerCount,
    opened: await told(Runtime.open({ runtimeId: "books", storage })),
    inspected: await told(Runtime.inspect(storage, "books")),
  }, "*");
</script>`;
addEventListener("message", ({ data }) => {
  globalThis.told = { told: data };
});
document.body.append(frame);
