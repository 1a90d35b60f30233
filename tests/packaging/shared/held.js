// Opens a runtime and then, told "write", sends inputs until it is killed, telling each that is acknowledged; otherwise it
// tells how many there are.
import { Runtime } from "worker-runtime";
import { nodeFsStorage } from "worker-runtime/node-fs";

const [directory, what] = process.argv.slice(2);

async function work() {
  const runtime = await Runtime.open({ runtimeId: "held", storage: nodeFsStorage({ directory }) });
  const { workerRef } = runtime.listWorkers()[0] ?? (await runtime.createWorker());
  if (what !== "write") {
    console.log(JSON.stringify({ total: runtime.workerDetail(workerRef).transcriptLen }));
    await runtime.close();
    return;
  }
  for (;;) {
    const ack = await runtime.sendInput(workerRef, { kind: "user", content: "Still here?" });
    console.log(ack.transcriptSequence);
  }
}

work();
