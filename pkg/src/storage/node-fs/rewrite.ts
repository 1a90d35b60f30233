import type { Draft } from "./draft.js";
import { changesBetween, changesSince, copyChanges } from "./fold.js";
import type { Owner } from "./owner.js";
import type { Place } from "./record.js";
import { beginAfter, complete, type Home } from "./succession.js";
import type { View } from "./view.js";

/** So much is left for the end, when commits have to wait: it takes no longer than some of them. */
const LITTLE = 1_048_576;

/** Segments that their owner writes anew as one, in two steps: most of it beside the commits, the rest between two. */
export class Rewrite {
  readonly #home: Home;
  readonly #view: View;
  readonly #from: number;
  readonly #draft: Draft;
  readonly #until: Place;

  private constructor(home: Home, view: View, from: number, draft: Draft, until: Place) {
    this.#home = home;
    this.#view = view;
    this.#from = from;
    this.#draft = draft;
    this.#until = until;
  }

  /**
   * Copies what the segments from `from` on say now, and most of what is committed meanwhile. It may take long, and stops early
   * where `goOn` says so, for good: until then `view` goes on with the same segment.
   */
  static async prepare(home: Home, view: View, from: number, goOn: () => boolean): Promise<Rewrite> {
    const { disk, directory } = home;
    const { current, head } = view;
    let until = view.place;
    const segments = [...view.segments];
    const lengths = segments.map((_, at) => view.lengthOf(at));
    // Where nothing stays, what the log says is all that there is to copy, and that is known.
    const known = from === 0 ? view.all() : undefined;
    const draft = await beginAfter(home, view, from);
    for (const segment of segments) {
      segment.hold();
    }
    try {
      const changes = known ?? (await changesSince(disk, segments, lengths, from));
      await copyChanges(disk, draft, changes, head, from > 0, goOn);
      let before = Number.POSITIVE_INFINITY;
      while (goOn()) {
        const { head, place } = view;
        const left = place.offset - until.offset;
        // Where commits come as fast as they are copied, it would never end.
        if (left <= LITTLE || left > before / 2) {
          break;
        }
        await copyChanges(disk, draft, await changesBetween(disk, current, until, place), head, true, goOn);
        until = place;
        before = left;
      }
      await draft.sync();
    } catch (error) {
      await draft.discard(directory);
      throw error;
    } finally {
      for (const segment of segments) {
        await segment.release();
      }
    }
    return new Rewrite(home, view, from, draft, until);
  }

  /** Adds what has been committed meanwhile and goes on with the new segment. Nobody may commit while this runs. */
  async complete(): Promise<Owner | undefined> {
    const { current, place } = this.#view;
    const changes = await changesBetween(this.#home.disk, current, this.#until, place);
    return complete(this.#home, this.#view, this.#from, this.#draft, changes, []);
  }

  async discard(): Promise<undefined> {
    await this.#draft.discard(this.#home.directory);
  }
}
