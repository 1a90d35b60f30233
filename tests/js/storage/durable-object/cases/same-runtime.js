import { durableObjectStorage } from "worker-runtime/durable-object";
import { sameRuntimeCases } from "../../../durable/same-runtime.mjs";

/** The part of a storage that has ids beginning with `place`, under what follows that. */
const within = (storage, place) => ({
  open: (id, options) => storage.open(place + id, options),
  delete: (id) => storage.delete(place + id),
  async list() {
    const ids = await storage.list();
    return ids.filter((id) => id.startsWith(place)).map((id) => id.slice(place.length));
  },
});

export const sameRuntime = ({ storage }) => {
  let places = 0;
  return sameRuntimeCases("durable-object", async () => {
    places += 1;
    const place = `${places}/`;
    return {
      storage: () => within(durableObjectStorage({ storage }), place),
      durability: "power-loss",
      waits: true,
    };
  });
};
