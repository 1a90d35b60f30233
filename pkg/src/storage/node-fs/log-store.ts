import { type OwnedCommit, ownRange, readCommit } from "../checks.js";
import { type RuntimeStore, type StorageCommit, StorageLost, StorageRejected } from "../contract.js";
import { removeInterrupted, removeLeftovers } from "./cleaning.js";
import type { Eventually } from "./disk.js";
import { refusalOf, StorageCorrupt } from "./errors.js";
import { planFold } from "./fold.js";
import { Follower } from "./follower.js";
import type { Lock } from "./lock.js";
import { type Owner, Undecided } from "./owner.js";
import { Share } from "./pace.js";
import type { StoredRecord } from "./record.js";
import { Rewrite } from "./rewrite.js";
import { announce, create, type Home, takeOver } from "./succession.js";
import { readValues } from "./values.js";
import { ACCEPTED, fateOf, judge } from "./verdict.js";
import type { View } from "./view.js";
import { Watch } from "./watch.js";

/** How long an announced takeover is waited for before somebody else completes it, in milliseconds. */
const PATIENCE = 250;

interface Offered {
  readonly commit: OwnedCommit;
  readonly resolve: (head: string | null) => void;
  readonly reject: (error: unknown) => void;
}

function notAsked(cause: unknown): never {
  throw new Undecided("whether a commit counts could not be asked", { cause });
}

/** One handle of one store. */
export class LogStore implements RuntimeStore {
  readonly durability = "power-loss";
  readonly #home: Home;
  readonly #readOnly: boolean;
  readonly #lock: Lock;
  #lockLost = false;
  readonly #follower: Follower;
  readonly #watch: Watch;
  readonly #share = new Share();
  #folding: Promise<void> | undefined;
  #foldAbove = 0;
  #owner: Owner | undefined;
  #queue: Offered[] = [];
  /** What changes the view or the files goes one after another. */
  #turn: Promise<unknown> = Promise.resolve();
  /** How much of that has not ended. */
  #turns = 0;
  #cleaning: Promise<void> = Promise.resolve();
  /** Those of the commits being decided that were found to count although this handle was no longer the owner. */
  readonly #accepted = new Set<string>();
  /** Creations that were applied, or may have been: the same handle never applies them again. */
  readonly #created = new Set<string>();
  /** Commits that may have been applied: of them nothing certain is said by a later refusal. */
  readonly #undecided = new Set<string>();
  #broken: Undecided | undefined;
  /** Somebody was told that the store has vanished: from then on there is none, which can be created. */
  #lossTold = false;
  #closing: Promise<void> | undefined;
  #closed = false;

  constructor(home: Home, readOnly: boolean, lock: Lock) {
    this.#home = home;
    this.#readOnly = readOnly;
    this.#lock = lock;
    this.#follower = new Follower(home.disk, home.directory);
    this.#watch = new Watch(() => this.#hasMoved());
  }

  /** Takes a first look, which is what `disturbed` compares with. What fails here fails again for whoever asks. */
  async begin(): Promise<this> {
    try {
      await this.#inTurn(() => this.#look(false));
    } catch {
      // Opening is not refused: `delete` may be what the caller wants.
      this.#lossTold = false;
    }
    return this;
  }

  get disturbed(): Promise<void> {
    return this.#watch.disturbed;
  }

  head(): Promise<string | null> {
    return this.#now((view) => view?.head ?? null);
  }

  async read(range: { gte: string; lt: string; limit?: number }): Promise<Array<[string, Uint8Array]>> {
    const { gte, lt, limit } = ownRange(range);
    for (let last: View | null = null; ; ) {
      const { view, wanted, segments } = await this.#now((view) => {
        const wanted = view?.index.range(gte, lt, limit) ?? [];
        const segments = new Set(wanted.map(([, { segment }]) => segment));
        for (const segment of segments) {
          segment.hold();
        }
        return { view, wanted, segments };
      });
      try {
        return await readValues(this.#home.disk, wanted, this.#share);
      } catch (error) {
        // Whoever has taken over meanwhile may have cut off what was copied; the same view twice is damage.
        if (!(error instanceof StorageCorrupt) || last === view) {
          throw error;
        }
        last = view;
      } finally {
        for (const segment of segments) {
          await segment.release();
        }
      }
    }
  }

  commit(commit: StorageCommit): Promise<string | null> {
    return new Promise((resolve, reject) => {
      this.#check();
      if (this.#readOnly) {
        throw new Error("this handle was opened to read only");
      }
      this.#queue.push({ commit: readCommit(commit), resolve, reject });
      if (this.#queue.length === 1) {
        const worked = this.#inTurn(this.#work);
        if (worked instanceof Promise) {
          worked.catch(reject);
        }
      }
    });
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #hasMoved(): Promise<boolean> {
    if (!this.#lockLost && (await this.#lock.isLost())) {
      // Told once: whoever has taken it is about to take the store over.
      this.#lockLost = true;
      return true;
    }
    const owner = this.#owner;
    if (owner !== undefined) {
      return !(await owner.isStill()) && owner === this.#owner;
    }
    return this.#follower.hasMoved();
  }

  #check(): void {
    if (this.#closing !== undefined) {
      throw new Error("this handle is closed");
    }
    if (this.#broken !== undefined) {
      throw new Undecided("this handle has failed; open the store again", { cause: this.#broken });
    }
  }

  /** Takes something of the present state, which `take` must not keep. */
  async #now<T>(take: (view: View | null) => T): Promise<T> {
    this.#check();
    const known = this.#known();
    const view = known instanceof Promise ? await known : known;
    if (view !== undefined) {
      return take(view);
    }
    return this.#inTurn(async () => take(await this.#look(true)));
  }

  /** The state where this handle is the owner, and nobody has announced to take over: there is nothing to look at then. */
  #known(): Eventually<View | undefined> {
    const owner = this.#owner;
    if (owner === undefined) {
      return undefined;
    }
    const still = owner.isStill();
    return still instanceof Promise
      ? still.then((still) => this.#viewOf(owner, still))
      : this.#viewOf(owner, still);
  }

  #viewOf(owner: Owner, still: boolean): View | undefined {
    return still && owner === this.#owner ? (this.#follower.view ?? undefined) : undefined;
  }

  /** Begins at once where nothing is under way; what ends at once as well takes no turn. */
  #inTurn<T>(action: () => Eventually<T>): Eventually<T> {
    const result = this.#turns === 0 ? this.#act(action) : this.#turn.then(() => this.#act(action));
    if (result instanceof Promise) {
      this.#turns += 1;
      const ended = (): void => {
        this.#turns -= 1;
      };
      this.#turn = result.then(ended, ended);
    }
    return result;
  }

  #act<T>(action: () => Eventually<T>): Eventually<T> {
    if (this.#closed) {
      throw new Error("this handle is closed");
    }
    try {
      const result = action();
      return result instanceof Promise ? result.catch(this.#noted) : result;
    } catch (error) {
      return this.#noted(error);
    }
  }

  readonly #noted = (error: unknown): never => {
    this.#note(error);
    throw error;
  };

  /** After an outcome that the medium knows alone, this handle writes nothing any more. */
  #note(error: unknown): void {
    if (error instanceof Undecided) {
      this.#broken ??= error;
    }
  }

  /** Looks again where this handle is not, or no longer, the owner. */
  async #look(decide: boolean): Promise<View | null> {
    if (this.#owner !== undefined && !(await this.#owner.isStill())) {
      this.#owner = undefined;
    }
    const { view } = this.#follower;
    if (this.#owner !== undefined && view) {
      return view;
    }
    for (let wait = 1; ; wait *= 2) {
      const found = await this.#follower.look().catch(this.#unlessTold);
      if (found === null || this.#follower.standing !== "done" || !decide) {
        return found;
      }
      // Somebody has announced to take over, and what the log's last records are worth is for them to say.
      if (wait < PATIENCE) {
        await this.#home.disk.pause(wait);
      } else if (this.#readOnly || (await this.#succeed(found, []))) {
        return found;
      }
    }
  }

  /** A loss is told once. */
  readonly #unlessTold = (error: unknown): null => {
    if (!(error instanceof StorageLost && this.#lossTold)) {
      this.#lossTold = error instanceof StorageLost;
      throw error;
    }
    return null;
  };

  /** Nothing here is waited for that was done at once: of a commit alone, the waiting would be as long as the rest. */
  readonly #work = (): Eventually<void> => {
    while (this.#queue.length > 0) {
      const offered = this.#queue;
      this.#queue = [];
      if (this.#accepted.size > 0) {
        this.#accepted.clear();
      }
      const decided = this.#decide(offered);
      if (decided instanceof Promise) {
        return decided.then(this.#work);
      }
    }
    return undefined;
  };

  /** Decides commits together, in the order in which they were offered. */
  #decide(offered: readonly Offered[]): Eventually<void> {
    const commits: OwnedCommit[] = [];
    for (let at = 0; at < offered.length; at += 1) {
      commits.push((offered[at] as Offered).commit);
    }
    try {
      const answers = this.#attempt(commits);
      return answers instanceof Promise
        ? answers.then(
            (answers) => this.#answer(offered, answers),
            (error) => this.#refuse(offered, error),
          )
        : this.#answer(offered, answers);
    } catch (error) {
      return this.#refuse(offered, error);
    }
  }

  #answer(offered: readonly Offered[], answers: ReadonlyArray<string | null>): void {
    for (let at = 0; at < answers.length; at += 1) {
      const { commit, resolve } = offered[at] as Offered;
      this.#undecided.delete(commit.to);
      resolve(answers[at] as string | null);
    }
  }

  async #refuse(offered: readonly Offered[], error: unknown): Promise<void> {
    this.#note(error);
    const refusal = error instanceof StorageRejected ? error : refusalOf(error);
    if (refusal !== undefined && offered.length > 1) {
      for (const one of offered) {
        await this.#decide([one]);
      }
      return;
    }
    for (const { commit, reject } of offered) {
      if (refusal === undefined) {
        this.#undecided.add(commit.to);
        reject(error);
      } else if (this.#undecided.has(commit.to)) {
        reject(new Error("refused, but an earlier offering may count", { cause: error }));
      } else {
        reject(refusal);
      }
    }
  }

  #attempt(commits: readonly OwnedCommit[]): Eventually<Array<string | null>> {
    if (this.#broken !== undefined) {
      throw this.#broken;
    }
    const known = this.#known();
    return known instanceof Promise
      ? known.then((view) => this.#attemptOver(view, commits))
      : this.#attemptOver(known, commits);
  }

  /** As the owner of `known`, or as who has to look first. */
  #attemptOver(known: View | undefined, commits: readonly OwnedCommit[]): Eventually<Array<string | null>> {
    const owner = this.#owner;
    if (known === undefined || owner === undefined) {
      return this.#attemptAfterLook(commits);
    }
    const { answers, applied } = judge(known.head, commits, this.#accepted, this.#created);
    if (applied.length === 0) {
      return answers;
    }
    const done = this.#append(owner, known, applied);
    if (done instanceof Promise) {
      return done.then((done) => (done ? answers : this.#attempt(commits)));
    }
    return done ? answers : this.#attempt(commits);
  }

  async #attemptAfterLook(commits: readonly OwnedCommit[]): Promise<Array<string | null>> {
    let view = await this.#look(false);
    let judged = judge(view?.head ?? null, commits, this.#accepted, this.#created);
    if (judged.applied.length === 0 && this.#owner === undefined && this.#follower.standing === "done") {
      // The answers might rest on records that turn out not to count.
      view = await this.#look(true);
      judged = judge(view?.head ?? null, commits, this.#accepted, this.#created);
    }
    const { answers, applied } = judged;
    if (applied.length === 0) {
      return answers;
    }
    const done =
      this.#owner === undefined || view === null
        ? await this.#enter(view, applied)
        : await this.#append(this.#owner, view, applied);
    return done ? answers : this.#attempt(commits);
  }

  /** Creates the store or takes it over, with these commits. `false`: somebody was faster, ask again. */
  async #enter(view: View | null, commits: readonly OwnedCommit[]): Promise<boolean> {
    if (view !== null) {
      return this.#succeed(view, commits);
    }
    const [{ to }] = commits as [OwnedCommit];
    this.#created.add(to);
    try {
      const made = await create(this.#home, commits);
      if (made === undefined) {
        this.#created.delete(to);
        return false;
      }
      this.#follower.adopt(made.view);
      this.#own(made.owner);
      this.#clean(() => removeInterrupted(this.#home.disk, this.#home.directory));
      return true;
    } catch (error) {
      if (refusalOf(error) !== undefined) {
        this.#created.delete(to);
      }
      throw error;
    }
  }

  async #succeed(view: View, commits: readonly OwnedCommit[]): Promise<boolean> {
    if (this.#follower.standing !== "clean") {
      const { head } = view;
      await announce(this.#home, view);
      // What the owner has written until now counts, whether it knows or not.
      if ((await this.#follower.look()) !== view || view.head !== head) {
        return false;
      }
    }
    const owner = await takeOver(this.#home, view, commits);
    if (owner === undefined) {
      return false;
    }
    this.#follower.adopt(view);
    this.#own(owner);
    this.#fold(owner, view);
    return true;
  }

  #own(owner: Owner): void {
    this.#owner = owner;
    this.#watch.again();
    const { header } = owner.segment;
    this.#clean(() => removeLeftovers(this.#home.disk, this.#home.directory, header));
  }

  /** Nothing rests on what is cleaned away, and the next owner cleans again. */
  #clean(action: () => Promise<void>): void {
    this.#cleaning = this.#cleaning.then(action).catch(() => {});
  }

  /** `false`: somebody has taken over meanwhile; what of the commits counts is in `#accepted`, the rest is to be judged anew. */
  #append(owner: Owner, view: View, commits: readonly OwnedCommit[]): Eventually<boolean> {
    const appended = owner.append(view.place, commits);
    return appended instanceof Promise
      ? appended.then((records) => this.#confirm(owner, view, records))
      : this.#confirm(owner, view, appended);
  }

  /** Asks whether what was appended counts. */
  #confirm(owner: Owner, view: View, records: readonly StoredRecord[]): Eventually<boolean> {
    let still: Eventually<boolean>;
    try {
      still = owner.isStill();
    } catch (error) {
      return notAsked(error);
    }
    return still instanceof Promise
      ? still.then((still) => this.#conclude(still, owner, view, records), notAsked)
      : this.#conclude(still, owner, view, records);
  }

  #conclude(still: boolean, owner: Owner, view: View, records: readonly StoredRecord[]): Eventually<boolean> {
    if (still) {
      view.append(records);
      this.#watch.again();
      this.#fold(owner, view);
      return true;
    }
    this.#owner = undefined;
    return this.#findAccepted(owner, view, records).then(() => false);
  }

  /** Finds out which records, written by somebody who was no longer the owner, count all the same. */
  async #findAccepted(owner: Owner, before: View, records: readonly StoredRecord[]): Promise<void> {
    const view = await this.#look(true).catch((error: unknown) => {
      if (error instanceof Undecided) {
        throw error;
      }
      throw new Error("whether the commit counts could not be read", { cause: error });
    });
    // Where nobody has gone on, they were read, and count with what this handle has made of them.
    const fate = view === before ? ACCEPTED : fateOf(view, owner.segment.header);
    for (const { head, end } of records) {
      if (end <= fate.accepted || view?.head === head) {
        this.#accepted.add(head);
      } else if (end <= fate.unknown) {
        throw new Error("the store was taken over or deleted; whether the commit counted before is unknown");
      }
    }
  }

  /** Starts to write the log anew where much of it says nothing any more, while commits go on. */
  #fold(owner: Owner, view: View): void {
    const from = this.#folding === undefined && view.garbage > this.#foldAbove ? planFold(view) : undefined;
    if (from === undefined) {
      return;
    }
    this.#folding = this.#rewrite(owner, view, from).then(
      () => {
        this.#folding = undefined;
      },
      () => {
        this.#folding = undefined;
        // No room, perhaps, or a damaged value: not again before there is much more to win.
        this.#foldAbove = view.garbage * 2;
      },
    );
  }

  async #rewrite(owner: Owner, view: View, from: number): Promise<void> {
    const goOn = () => this.#closing === undefined && this.#owner === owner;
    const rewrite = await Rewrite.prepare(this.#home, view, from, goOn);
    await this.#inTurn(async () => {
      const next = goOn() && (await owner.isStill()) ? await rewrite.complete() : await rewrite.discard();
      if (next !== undefined) {
        this.#own(next);
      }
    });
  }

  async #close(): Promise<void> {
    this.#watch.stop();
    await this.#folding;
    await this.#inTurn(async () => {
      await this.#cleaning;
      const { view } = this.#follower;
      try {
        if (
          view &&
          this.#owner !== undefined &&
          this.#broken === undefined &&
          (await this.#owner.isStill())
        ) {
          await this.#owner.retire(view.place);
        }
      } catch {
        // It was not closed cleanly, then; nothing that was promised rests on it.
      }
      this.#owner = undefined;
      this.#closed = true;
      await this.#follower.forget();
    });
    await this.#lock.release();
  }
}
