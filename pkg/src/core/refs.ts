import type { WorkerRef } from "../api/identity.js";
import type { KnownWorkers } from "../arguments/interaction.js";

/**
 * The ids of a runtime's Workers by number and back: made once each, when it is first asked for, so that every place has
 * the same string and finds it again without comparing it. Numbers are given 1, 2, 3 …
 */
export class WorkerIds implements KnownWorkers {
  /** How many there are. */
  count = 0;
  private readonly runtimeId: string;
  private readonly ids: string[] = [""];
  private readonly numbers = new Map<unknown, number>();

  constructor(runtimeId: string) {
    this.runtimeId = runtimeId;
  }

  /** There are Workers up to number `count`. */
  learn(count: number): void {
    this.count = Math.max(this.count, count);
    if (this.ids.length <= count) {
      // Filled in whatever order, it stays a plain array.
      this.ids.length = count + 1;
    }
  }

  /** Worker `number` was created, and is likely to be spoken of by its id. */
  expect(number: number): void {
    this.learn(number);
    this.numbers.set(this.id(number), number);
  }

  /** There is nobody any more. */
  forget(): void {
    this.count = 0;
    this.ids.length = 0;
    this.numbers.clear();
  }

  /** The id that Worker `number` has, or will have once there are so many. */
  id(number: number): string {
    return this.ids[number] ?? this.make(number);
  }

  private make(number: number): string {
    const id = workerIdOf(number);
    this.ids[number] = id;
    return id;
  }

  /** The number of a Worker of this runtime, 0 where there is no such one. */
  number(runtimeId: unknown, workerId: unknown): number {
    const known = runtimeId === this.runtimeId ? (this.numbers.get(workerId) ?? this.find(workerId)) : 0;
    return known <= this.count ? known : 0;
  }

  /** The number that an id speaks of which was not asked for before. */
  private find(workerId: unknown): number {
    const number = typeof workerId === "string" ? Number.parseInt(workerId.slice(7), 16) : 0;
    if (!(number > 0 && number <= this.count && this.id(number) === workerId)) {
      return 0;
    }
    this.numbers.set(this.ids[number], number);
    return number;
  }

  ref(number: number): WorkerRef {
    return { runtimeId: this.runtimeId, workerId: this.id(number) };
  }
}

/** The id that the core gives the Worker of a number. */
export function workerIdOf(number: number): string {
  return `worker-${number.toString(16).padStart(8, "0")}`;
}
