import type { OwnedCommit } from "../checks.js";
import type { SegmentId } from "./names.js";
import type { View } from "./view.js";

/**
 * What each of several commits is answered over `head`, if those that fit are applied. Those in `accepted` have been
 * applied before; creations in `created` are not applied again.
 */
export function judge(
  head: string | null,
  commits: readonly OwnedCommit[],
  accepted: ReadonlySet<string>,
  created: ReadonlySet<string>,
): { answers: Array<string | null>; applied: OwnedCommit[] } {
  const applied: OwnedCommit[] = [];
  const answers: Array<string | null> = [];
  let now = head;
  for (let at = 0; at < commits.length; at += 1) {
    const commit = commits[at] as OwnedCommit;
    const { from, to } = commit;
    const isApplied = accepted.has(to);
    if (!isApplied && from === now && !(from === null && created.has(to))) {
      applied.push(commit);
      now = to;
    }
    answers.push(isApplied ? to : now);
  }
  return { answers, applied };
}

/** Up to where records of a segment certainly count, and from there up to where that cannot be told. */
export interface Fate {
  readonly accepted: number;
  readonly unknown: number;
}

export const ACCEPTED: Fate = { accepted: Number.POSITIVE_INFINITY, unknown: 0 };

/** What became of a segment that others may have gone on from. */
export function fateOf(view: View | null, { token }: SegmentId): Fate {
  const { follows, previous } = view?.current.header ?? { follows: null, previous: [] };
  if (follows?.token === token) {
    return { accepted: follows.length, unknown: 0 };
  }
  const kept = previous.find((kept) => kept.token === token);
  return { accepted: kept?.length ?? 0, unknown: Number.POSITIVE_INFINITY };
}
