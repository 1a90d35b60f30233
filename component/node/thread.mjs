// The thread that runs the component: calls come in by message, one after another.
import { parentPort } from "node:worker_threads";
import { runtimes } from "../target/node/component.js";

const { Runtime } = runtimes;
const opened = new Map();
let last = 0;

const calls = {
  make(how, options) {
    last += 1;
    opened.set(last, Runtime[how](options));
    return last;
  },
  call: (number, method, args) => opened.get(number)[method](...args),
};

parentPort.on("message", ({ id, name, args }) => {
  try {
    parentPort.postMessage({ id, value: calls[name](...args) });
  } catch (error) {
    // What the component refuses is thrown as the world's error record, or carries it; a trap has none.
    const refusal = error instanceof Error ? error.payload : error;
    parentPort.postMessage({ id, refusal: refusal ?? { code: "trap", message: String(error), details: [] } });
  }
});
