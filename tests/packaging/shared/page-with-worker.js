const worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
worker.onmessage = ({ data }) => {
  globalThis.told = data;
};
worker.onerror = ({ message }) => {
  globalThis.told = { error: `the worker: ${message}` };
};
