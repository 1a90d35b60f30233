/** Durable Objects in processes that are killed, or stopped while another takes over. */
import { tmpdir } from "node:os";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { fenceStopped, surviveKills } from "../processes/appending.mjs";
import { openStorage } from "./opener.mjs";
import { bundled, folder, KINDS } from "./support.mjs";

const opener = fileURLToPath(new URL("opener.mjs", import.meta.url));
const ROUNDS = Number(process.env.OBJECT_KILL_ROUNDS ?? 6);

/** A storage whose handles each have a workerd of their own. */
const opening = (place) => ({
  async open(id, options) {
    const storage = await openStorage(place);
    const store = await storage.open(id, options);
    return {
      ...store,
      async close() {
        await store.close();
        await storage.end();
      },
    };
  },
});

test("Durable Objects in processes", async (context) => {
  const { script, reason } = await bundled(folder(context));
  if (reason !== undefined) {
    context.skip(reason);
    return;
  }
  for (const kind of KINDS) {
    const tried = (name, body, ...options) =>
      context.test(`${kind}: ${name}`, (subject) => {
        const place = [folder(subject, tmpdir()), kind, script].join("?");
        return body(subject, { opener, place, group: true }, opening(place), ...options);
      });
    await tried("killed in mid-commit they lose nothing that was acknowledged", surviveKills, ROUNDS);
    await tried("one that was stopped and goes on after a takeover is fenced", fenceStopped, 4);
  }
});
