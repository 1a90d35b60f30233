import type { RuntimeStore } from "../../storage/contract.js";
import type { Trial } from "./trial.js";

/** Several handles of one runtime, each of which a rival of the others. */
export async function rivals(t: Trial, count: number): Promise<{ id: string; stores: RuntimeStore[] }> {
  const id = t.id();
  const stores = [await t.open(id)];
  const another = await t.another();
  while (stores.length < count) {
    stores.push(await t.rival(id, stores.length % 2 === 0 ? t.storage : another));
  }
  return { id, stores };
}
