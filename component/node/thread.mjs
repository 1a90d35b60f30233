// The thread that runs the component: calls come in by message, one after another.
import { parentPort } from "node:worker_threads";
import { runtimes } from "../target/node/component.js";

const { LineSink, Runtime } = runtimes;
const opened = new Map();
let last = 0;

/** The number of a resource, by which it is called. */
function numbered(resource) {
  last += 1;
  opened.set(last, resource);
  return last;
}

const calls = {
  make: (how, options) => numbered(Runtime[how](options)),
  makeSink: () => numbered(new LineSink()),
  open: (number, method) => numbered(opened.get(number)[method]()),
  drop(number) {
    const resource = opened.get(number);
    opened.delete(number);
    resource[Symbol.dispose ?? Symbol.for("dispose")]();
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
