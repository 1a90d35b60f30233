/**
 * What a case rejects with where the adapter breaks its contract. Shaped like Node's own, so that test runners show
 * `actual` and `expected`; the kit itself needs no runner and no platform.
 */
export class AssertionError extends Error {
  override readonly name = "AssertionError";
  readonly code = "ERR_ASSERTION";
  readonly actual: unknown;
  readonly expected: unknown;
  readonly operator: string;

  constructor(
    message: string,
    options: { actual?: unknown; expected?: unknown; operator?: string; cause?: unknown } = {},
  ) {
    super(message, "cause" in options ? { cause: options.cause } : undefined);
    this.actual = options.actual;
    this.expected = options.expected;
    this.operator = options.operator ?? "fail";
  }
}

export function fail(message: string): never {
  throw new AssertionError(message);
}

export function ok(condition: boolean, message: string): asserts condition {
  if (!condition) {
    fail(message);
  }
}

/** Strict equality of scalars. */
export function equal<T extends string | number | boolean | null>(
  actual: unknown,
  expected: T,
  what: string,
): void {
  if (actual !== expected) {
    throw new AssertionError(`${what}: expected ${show(expected)}, got ${show(actual)}`, {
      actual,
      expected,
      operator: "strictEqual",
    });
  }
}

/** Equality of two lists of strings, order included. */
export function equalList(actual: readonly string[], expected: readonly string[], what: string): void {
  if (actual.length !== expected.length || actual.some((item, at) => item !== expected[at])) {
    throw new AssertionError(`${what}: expected ${show(expected)}, got ${show(actual)}`, {
      actual,
      expected,
      operator: "deepStrictEqual",
    });
  }
}

export function equalBytes(actual: Uint8Array, expected: Uint8Array, what: string): void {
  equal(actual.length, expected.length, `${what}: number of bytes`);
  for (let at = 0; at < expected.length; at += 1) {
    if (actual[at] !== expected[at]) {
      fail(`${what}: byte ${at} is ${actual[at]} instead of ${expected[at]}`);
    }
  }
}

export type Entry = readonly [key: string, value: Uint8Array];

/** Equality of what a `read` gave with the expected records, which may stand in any order here. */
export function equalRecords(actual: readonly Entry[], expected: readonly Entry[], what: string): void {
  const sorted = [...expected].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  equalList(
    actual.map(([key]) => key),
    sorted.map(([key]) => key),
    `${what}: keys`,
  );
  sorted.forEach(([key, value], at) => {
    equalBytes((actual[at] as Entry)[1], value, `${what}: value of ${show(key)}`);
  });
}

/** A short form of anything, for messages. */
export function show(value: unknown): string {
  try {
    const text = JSON.stringify(value) ?? String(value);
    return text.length > 300 ? `${text.slice(0, 300)}… (${text.length} characters)` : text;
  } catch {
    return typeof value;
  }
}
