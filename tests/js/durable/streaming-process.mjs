/**
 * A process of its own that keeps a runtime in files and sends it inputs without end, several at a time. What becomes of each
 * is written to its standard output: name, sequence, event id, or name, code, outcome. Ends once it is fenced.
 */
import { writeSync } from "node:fs";
import { Runtime } from "worker-runtime";
import { nodeFsStorage } from "worker-runtime/node-fs";

const [directory, prefix, takeover] = process.argv.slice(2);
const say = (...words) => writeSync(1, `${words.join(" ")}\n`);
const CALLERS = 5;

const storage = nodeFsStorage({ directory });
const runtime = await Runtime.open({ storage, runtimeId: "r", takeover: takeover === "takeover" });
const [known] = runtime.listWorkers();
const { workerRef } = known ?? (await runtime.createWorker());
say("OPEN");
let count = 0;
async function stream() {
  for (;;) {
    count += 1;
    const name = `${prefix}-${count}`;
    const content = `${name} ${"x".repeat(count % 40 === 0 ? 200_000 : (count * 7_919) % 3_000)}`;
    try {
      const { transcriptSequence, eventId } = await runtime.sendInput(workerRef, { kind: "user", content });
      say("ACK", name, transcriptSequence, eventId, content.length);
    } catch ({ code, details }) {
      say("REFUSED", name, code, details.outcome);
      return;
    }
  }
}
await Promise.all(Array.from({ length: CALLERS }, stream));
await runtime.close();
