import { after } from "./timer.js";

/** Lets everything else that waits have its turn. A hidden page's timers run once a second, its messages at once. */
export function turn(): Promise<void> {
  return new Promise((resolve) => {
    if (typeof MessageChannel === "undefined") {
      after(0, resolve);
      return;
    }
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}
