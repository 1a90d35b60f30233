// A Durable Object, with the types of its platform.
import { DurableObject } from "cloudflare:workers";
import { Runtime, type RuntimeStorage } from "worker-runtime";
import { durableObjectStorage } from "worker-runtime/durable-object";

export class Agent extends DurableObject {
  readonly storage: RuntimeStorage = durableObjectStorage({ storage: this.ctx.storage });

  override async fetch(): Promise<Response> {
    const runtime = await Runtime.open({ runtimeId: "agent", storage: this.storage });
    const { workerRef } = await runtime.createWorker();
    await runtime.close();
    return Response.json(workerRef);
  }
}

// @ts-expect-error: a namespace is no storage
durableObjectStorage({ storage: {} as DurableObjectNamespace });
