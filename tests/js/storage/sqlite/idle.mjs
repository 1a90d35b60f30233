/** Leaves a store open and watched, and has nothing more to do. */

import { sqliteStorage } from "worker-runtime/sqlite";
import { connect, WAL } from "./connect.mjs";

const store = await sqliteStorage({ database: connect(process.argv[2], { pragmas: WAL }) }).open("r");
await store.commit({ from: null, to: "h", ops: [["k", Buffer.from("v")]] });
store.disturbed.then(() => {});
