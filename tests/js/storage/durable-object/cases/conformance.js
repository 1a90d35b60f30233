import { durableObjectStorage } from "worker-runtime/durable-object";
import { storageConformance } from "worker-runtime/testing";

const of = ({ storage }) => durableObjectStorage({ storage });

export const conformance = (ctx) =>
  storageConformance(async () => ({ storage: of(ctx), another: async () => of(ctx) }));
