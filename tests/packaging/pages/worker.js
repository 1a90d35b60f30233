const worker = new Worker("keeper.js", { type: "module" });
worker.onmessage = ({ data }) => {
  globalThis.told = data;
};
worker.onerror = ({ message }) => {
  globalThis.told = { error: `the worker: ${message}` };
};
