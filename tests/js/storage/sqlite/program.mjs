/** Every case of the adapter, told of line by line, in whichever host this is. */
import { sqliteStorage } from "worker-runtime/sqlite";
import { sameRuntimeCases } from "../../durable/same-runtime.mjs";
import { tellCases } from "../hosts/cases.mjs";
import { conformance } from "./cases/conformance.mjs";
import { durability } from "./cases/durability.mjs";
import { faults } from "./cases/faults.mjs";
import { options } from "./cases/options.mjs";
import { others } from "./cases/others.mjs";
import { refusals } from "./cases/refusals.mjs";
import { connected, databaseFile } from "./support.mjs";

const sameRuntime = sameRuntimeCases("sqlite", async (context) => {
  const database = connected(context, databaseFile(context));
  return { storage: () => sqliteStorage({ database }), durability: "power-loss", waits: true };
});

const all = { conformance, durability, faults, options, others, refusals, sameRuntime };
const asked = process.argv.slice(2);
await tellCases((asked.length > 0 ? asked : Object.keys(all)).flatMap((name) => all[name]));
// What a case has left open is of no interest any more.
process.exit(0);
