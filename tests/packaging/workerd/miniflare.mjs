// Runs a bundle of wrangler's as it is deployed, under the compatibility date given, and tells what it answers.
import { Miniflare } from "miniflare";

const [scriptPath, compatibilityDate] = process.argv.slice(2);
const host = new Miniflare({
  modules: true,
  scriptPath,
  modulesRules: [{ type: "CompiledWasm", include: ["**/*.wasm"] }],
  compatibilityDate,
  cf: false,
});
try {
  const answer = await host.dispatchFetch("http://localhost/");
  console.log(await answer.text());
} finally {
  await host.dispose();
}
