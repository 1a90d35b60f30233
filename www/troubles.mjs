/** What a refusal of the storage means to the person in front of it: a state, and one sentence on what to do. */
import { visible } from "./text.mjs";

const record = ({ details }) => (details?.key ? `The record “${visible(details.key)}”` : "A record");

const troubles = {
  storage_conflict: () => ({
    state: "Fenced",
    sentence:
      "Another tab has taken this runtime over, or deleted it: what was acknowledged is safe there, so go on there, or take it back.",
    way: "takeover",
  }),
  storage_lost: () => ({
    state: "Lost",
    sentence:
      "The browser has thrown data of this runtime away: import an export of it, or accept the loss and go on with what is left.",
    way: "acceptLoss",
  }),
  storage_corrupt: (error) => ({
    state: "Corrupt",
    sentence: `${record(error)} is damaged, and nothing was overwritten: delete this runtime, then import an export of it.`,
  }),
  storage_missing: (error) => ({
    state: "Missing",
    sentence: error.details?.key
      ? `${record(error)} is missing, and nothing was overwritten: delete this runtime, then import an export of it.`
      : "This runtime is not in this browser any more: create it anew, or import an export of it.",
  }),
  storage_unsupported_version: () => ({
    state: "Too new",
    sentence: "A newer version of this page has written this runtime: reload the page to get that version.",
  }),
  storage_locked: () => ({
    state: "Held elsewhere",
    sentence: "Another tab has this runtime open: close it there, or take it over.",
    way: "takeover",
  }),
  denied: () => ({
    state: "Denied",
    sentence: "The browser stores nothing for this page: allow site data for it, or work in memory.",
  }),
  quota: () => ({
    state: "Full",
    sentence:
      "There is no room left for this page: make room on the disk or delete a runtime, then try again.",
  }),
  storage_failed: (error) =>
    ["denied", "quota"].includes(error.cause?.code)
      ? troubles[error.cause.code]()
      : {
          state: "Failed",
          sentence: `The storage did not do its part (${visible(error.message)}): try again, and make room if the disk is full.`,
        },
  runtime_poisoned: () => ({
    state: "Broken off",
    sentence: "The module has failed: open the runtime again, which reads what was acknowledged.",
  }),
};

/** What can be done by a button, by the option of opening that does it. */
const labels = { takeover: "Take it back", acceptLoss: "Accept the loss" };

/** `{ state, sentence, label, options }`: `options` are those for opening it again, by a button called `label`. */
export function troubleOf(error) {
  const found = troubles[error?.code]?.(error) ?? {
    state: "Failed",
    sentence: `${visible(String(error?.message ?? error))}: try again.`,
  };
  return {
    ...found,
    label: labels[found.way] ?? "Try again",
    options: found.way ? { [found.way]: true } : {},
  };
}
