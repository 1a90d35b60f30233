/* What an engine does beside running code, from the browser's trace: the main thread's time by kind. */
import { tasksOf } from "../hosts/tracing.mjs";

/** What the browser has to write down for it; writing it down takes time, too. */
export const ENGINE_CATEGORIES = [
  "toplevel",
  "v8",
  "v8.wasm",
  "devtools.timeline",
  "disabled-by-default-v8.compile",
  "disabled-by-default-v8.wasm.detailed",
  "disabled-by-default-v8.gc",
];

/** The first that fits; an event that fits none is the time of what it stands in. */
const KINDS = [
  ["collecting garbage", /^(V8\.GC|MinorGC|MajorGC|BlinkGC)/],
  [
    "the module: validating, compiling, starting it",
    /^wasm\.(SyncCompile|Deserialize|Validate|CompileModule|SyncInstantiate|Instantiat|Decode|NewNativeModule|InstanceBuilder|ExecuteStart)/,
  ],
  ["the module's functions: compiling those called for the first time", /^wasm\./],
  [
    "JavaScript: optimising what ran often",
    /^V8\.(Optimize|TF|TurboFan|Maglev|FinalizeMaglev|FinalizeTurbofan|ConcurrentTurbofan|.*Maglev)/,
  ],
  [
    "JavaScript: parsing and compiling what runs for the first time",
    /^(V8\.(Compile|Parse|PreParse|Baseline|FinalizeBaseline|CollectSourcePositions|FinalizeDeferred)|v8\.(compile|parse))/,
  ],
];

const OTHER = "all else: running it, the browser's part of the calls";

const kindOf = (name) => KINDS.findIndex(([, pattern]) => pattern.test(name));

/**
 * Of what a main thread did: milliseconds of CPU time by kind, and how many functions of either sort were compiled. Of events that stand in one another the
 * innermost that is of some kind counts.
 */
export function engineWork(events) {
  const spent = KINDS.map(() => 0);
  const counts = { functions: 0, moduleFunctions: 0 };
  const own = events
    // The shortest ones have no time of their own.
    .filter(({ tts }) => tts !== undefined)
    .map(({ name, tts, tdur = 0 }) => ({ kind: kindOf(name), from: tts, to: tts + tdur, name }))
    .filter(({ kind }) => kind >= 0)
    .sort((a, b) => a.from - b.from || b.to - a.to);
  const open = [];
  let at = 0;
  const until = (time) => {
    while (open.length > 0) {
      const { kind, to } = open.at(-1);
      const end = Math.min(to, time);
      if (end > at) {
        spent[kind] += end - at;
        at = end;
      }
      if (to > time) return;
      open.pop();
    }
  };
  for (const event of own) {
    until(event.from);
    at = Math.max(at, event.from);
    open.push(event);
    counts.functions += Number(event.name === "V8.CompileIgnition");
    counts.moduleFunctions += Number(event.name === "wasm.CompileBaseline");
  }
  until(Number.POSITIVE_INFINITY);
  const named = spent.map((time) => time / 1e3);
  const whole = tasksOf(events).reduce((sum, { cpu }) => sum + cpu, 0);
  const other = Math.max(0, whole - named.reduce((sum, time) => sum + time, 0));
  return { spent: [...named, other], whole, counts };
}

/** Names of the kinds, in the order of `spent`, and of the rest. */
export const kinds = [...KINDS.map(([name]) => name), OTHER];
