/* Time spent, in milliseconds, by three clocks. */
import { readFileSync } from "node:fs";

const never = new Int32Array(new SharedArrayBuffer(4));
const A_MOMENT_MS = 0.01;

/** CPU time of the main thread alone; `undefined` where the system does not tell it. */
function threadClock() {
  if (typeof process.threadCpuUsage === "function") {
    return () => {
      const { user, system } = process.threadCpuUsage();
      return (user + system) / 1e3;
    };
  }
  const path = `/proc/self/task/${process.pid}/schedstat`;
  const read = () => {
    // The system brings the count up to date when a thread gives up its processor.
    Atomics.wait(never, 0, 0, A_MOMENT_MS);
    return Number(readFileSync(path, "utf8").split(" ")[0]) / 1e6;
  };
  try {
    return Number.isFinite(read()) ? read : () => undefined;
  } catch {
    return () => undefined;
  }
}

const thread = threadClock();

/**
 * `wall`; `cpu`: of the whole process, collector and compiler threads included; `thread`: of the main thread.
 */
export function clocks() {
  const { user, system } = process.cpuUsage();
  return { wall: performance.now(), cpu: (user + system) / 1e3, thread: thread() };
}
