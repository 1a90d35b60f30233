import { after } from "./timer.js";

/** What a host said to a call, or that it said nothing in time. */
export type Reply =
  | { readonly kind: "answer"; readonly value: unknown }
  | { readonly kind: "rejection"; readonly error: unknown }
  | { readonly kind: "silence" };

/**
 * The first answer to a call of the host. What it throws at the call is a rejection like any other, and whatever
 * kind of promise it gives, its second answer is not heard.
 */
export function answerOf(call: () => unknown): Promise<unknown> {
  return new Promise((resolve) => {
    resolve(call());
  });
}

/** Calls the host and waits for its answer, so many milliseconds at the most. Never rejects. */
export function ask(call: () => unknown, timeoutMs: number, background = false): Promise<Reply> {
  return new Promise((resolve) => {
    const timer = after(timeoutMs, () => resolve({ kind: "silence" }), background);
    answerOf(call).then(
      (value) => {
        timer.clear();
        resolve({ kind: "answer", value });
      },
      (error) => {
        timer.clear();
        resolve({ kind: "rejection", error });
      },
    );
  });
}
