// Runs a bundle of wrangler's as it is deployed, under the compatibility date given, and tells what it answers: in memory, or
// in an object, "sqlite" or "older", whose storage stays there for the next time.
import { Miniflare } from "miniflare";

const [scriptPath, compatibilityDate, object] = process.argv.slice(2);
const host = new Miniflare({
  modules: true,
  scriptPath,
  modulesRules: [{ type: "CompiledWasm", include: ["**/*.wasm"] }],
  compatibilityDate,
  cf: false,
  durableObjects: { BOOKS: { className: "Books", useSQLite: object === "sqlite" } },
  durableObjectsPersist: `objects-${object}-${compatibilityDate}`,
});
try {
  const answer = await host.dispatchFetch(`http://localhost/${object === undefined ? "" : "object"}`);
  console.log(await answer.text());
} finally {
  await host.dispose();
}
