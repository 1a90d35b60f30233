/** An object as its users write one: the runtime is open for as long as the object is there. */
import { DurableObject } from "cloudflare:workers";
import { Runtime } from "worker-runtime";
import { durableObjectStorage } from "worker-runtime/durable-object";

export class Agent extends DurableObject {
  constructor(context, env) {
    super(context, env);
    context.blockConcurrencyWhile(async () => {
      const storage = durableObjectStorage({ storage: context.storage });
      this.runtime = await Runtime.open({ storage, runtimeId: "agent" });
      this.ref = (this.runtime.listWorkers()[0] ?? (await this.runtime.createWorker())).workerRef;
    });
  }

  async fetch(request) {
    const { pathname } = new URL(request.url);
    if (pathname === "/abort") {
      this.ctx.abort("as asked");
    }
    if (pathname === "/say") {
      const { texts, abort } = await request.json();
      const said = texts.map((content) => this.runtime.sendInput(this.ref, { kind: "user", content }));
      if (abort) {
        await said[0];
        this.ctx.abort("in mid-stream");
      }
      return Response.json((await Promise.all(said)).map(({ transcriptSequence }) => transcriptSequence));
    }
    const { totalItems } = await this.runtime.transcriptProjection(this.ref, { start: 0, limit: 1 });
    const texts = [];
    for (let start = 0; start < totalItems; start += 200) {
      const { items } = await this.runtime.transcriptProjection(this.ref, { start, limit: 200 });
      texts.push(...items.map(({ content }) => content));
    }
    return Response.json(texts);
  }
}
