// Server-side rendering as deployed.
import { keep } from "./built-server/server.js";

console.log(JSON.stringify(await keep(process.argv[2])));
