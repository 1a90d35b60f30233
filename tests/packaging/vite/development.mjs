// Server-side rendering while developing: the server loads the program's modules itself.
import { createServer } from "vite";

const server = await createServer({ server: { middlewareMode: true }, appType: "custom", logLevel: "error" });
const { keep } = await server.ssrLoadModule("/server.js");
console.log(JSON.stringify(await keep(process.argv[2])));
await server.close();
