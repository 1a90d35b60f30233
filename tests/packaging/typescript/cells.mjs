import { writeFileSync } from "node:fs";

/** The first has the library of `AsyncDisposable`, which the declarations name; none before it compiles them. */
const COMPILERS = ["5.2", "5.9", "6.0", "7.0"];
const OLDEST = COMPILERS[0];
/** Since this one a CommonJS program may import an ES module under `nodenext`. */
const REQUIRES_MODULES = ["5.9", "6.0", "7.0"];

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
export const cells = COMPILERS.flatMap((compiler) => [
  compile(compiler, "nodenext", [
    ...["page", "worker", "server"],
    ...(REQUIRES_MODULES.includes(compiler) ? ["script"] : []),
  ]),
  compile(compiler, "bundler", ["page", "worker", "server"]),
]);
