/** "worker-runtime/durable-object": keeps runtimes in a Cloudflare Durable Object. */
export type {
  ObjectCaching,
  ObjectRange,
  ObjectStorage,
  ObjectTransaction,
} from "../storage/durable-object/object-storage.js";
export { type DurableObjectOptions, durableObjectStorage } from "../storage/durable-object.js";
