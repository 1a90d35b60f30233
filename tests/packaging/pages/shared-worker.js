const { port } = new SharedWorker("keeper.js", { type: "module" });
port.onmessage = ({ data }) => {
  globalThis.told = data;
};
