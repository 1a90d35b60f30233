import { randomUUID } from "node:crypto";

const bytes = (text) => new TextEncoder().encode(text);

export const ALL = { gte: "", lt: "~" };

/** Everything in a store, as text. */
export async function contents(store) {
  const records = await store.read(ALL);
  return Object.fromEntries(records.map(([key, value]) => [key, Buffer.from(value).toString()]));
}

/** A commit under a new head of operations given as an object of texts and nulls. */
export function change(from, changes) {
  const ops = Object.entries(changes).map(([key, text]) => [key, text === null ? null : bytes(text)]);
  return { from, to: randomUUID(), ops };
}

/** Commits and answers the new head; throws where it is not applied. */
export async function put(store, from, changes) {
  const commit = change(from, changes);
  const answer = await store.commit(commit);
  if (answer !== commit.to) {
    throw new Error(`not applied: ${answer}`);
  }
  return answer;
}

/** What a promise rejects with. */
export async function rejection(promise) {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error("it was not rejected");
}

/** Rejects unless a promise rejects with `StorageRejected` and this code. */
export async function assertRejected(promise, code) {
  const error = await rejection(promise);
  if (error.name !== "StorageRejected" || error.code !== code) {
    throw new Error(`no refusal for ${code}`, { cause: error });
  }
}
