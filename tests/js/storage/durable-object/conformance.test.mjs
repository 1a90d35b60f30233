/** The conformance kit in Durable Objects of workerd, and the runtime on them. */
import { test } from "node:test";
import { bundled, folder, host, KINDS } from "./support.mjs";

test("in Durable Objects", async (context) => {
  const bundle = await bundled(folder(context));
  if (bundle.reason !== undefined) {
    context.skip(bundle.reason);
    return;
  }
  const { ask, end } = host(bundle, folder(context));
  context.after(end);
  const groups = await ask("names");
  for (const kind of KINDS) {
    for (const [group, names] of Object.entries(groups)) {
      await context.test(`${kind}: ${group}`, async (subject) => {
        for (const name of names) {
          await subject.test(name, async (one) => {
            const { error, notes } = await ask("case", { kind, object: `${group}: ${name}`, group, name });
            for (const note of notes) {
              one.diagnostic(note);
            }
            if (error !== undefined) {
              throw new Error(error);
            }
          });
        }
      });
    }
  }
});
