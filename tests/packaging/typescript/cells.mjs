import { writeFileSync } from "node:fs";

/** The first has the library of `AsyncDisposable`, which the declarations name; none before it compiles them. */
const OLDEST = "5.2";

const STRICT = {
  noEmit: true,
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  verbatimModuleSyntax: false,
  isolatedModules: true,
  skipLibCheck: false,
  target: "es2022",
};

const PROGRAMS = {
  page: { files: ["page.ts"], lib: ["ES2022", "DOM", "DOM.Iterable"], types: [] },
  worker: { files: ["page.ts"], lib: ["ES2022", "WebWorker"], types: [] },
  server: { files: ["server.ts"], lib: ["ES2022"], types: ["node"] },
  object: { files: ["object.ts"], lib: ["ES2022"], types: ["@cloudflare/workers-types"] },
  // From TypeScript 5.8 on, as Node.js does since.
  script: { files: ["script.cts"], lib: ["ES2022"], types: ["node"] },
};

const compile = (compiler, resolution, programs) => ({
  host: compiler === OLDEST ? `TypeScript ${compiler}, the oldest` : `TypeScript ${compiler}`,
  what: `\`${resolution}\`: ${programs.join(", ")}`,
  async run(context) {
    const name = `typescript-${compiler}`;
    context.version = context.versionOf(name);
    const module = resolution === "bundler" ? "esnext" : "nodenext";
    for (const program of programs) {
      const { files, lib, types } = PROGRAMS[program];
      const config = `tsconfig.${compiler}.${resolution}.${program}.json`;
      const compilerOptions = { ...STRICT, module, moduleResolution: resolution, lib, types };
      writeFileSync(context.path(config), JSON.stringify({ compilerOptions, files }));
      await context.run(process.execPath, [context.path("node_modules", name, "bin", "tsc"), "-p", config]);
    }
  },
});

export const kind = "TypeScript";
const COMMON = ["page", "worker", "server"];
export const cells = [
  compile("5.2", "nodenext", COMMON),
  compile("5.2", "bundler", COMMON),
  compile("5.9", "bundler", ["page", "object"]),
  compile("6.0", "nodenext", ["server", "script"]),
  compile("7.0", "nodenext", [...COMMON, "script"]),
  compile("7.0", "bundler", [...COMMON, "object"]),
];
