import type { WorkerRef } from "../api/identity.js";
import type { KnownWorkers } from "../arguments/interaction.js";

/**
 * The ids of a runtime's Workers by number and back: made once each, so that every place has the same string and finds
 * it again without comparing it. Numbers are given 1, 2, 3 …
 */
export class WorkerIds implements KnownWorkers {
  private readonly runtimeId: string;
  private readonly ids: string[] = [""];
  private readonly numbers = new Map<string, number>();

  constructor(runtimeId: string) {
    this.runtimeId = runtimeId;
  }

  /** There are Workers up to number `count`. */
  learn(count: number): void {
    this.foretell(count);
    for (let number = this.numbers.size + 1; number <= count; number++) {
      this.numbers.set(this.ids[number] as string, number);
    }
  }

  /** The id that Worker `number` has, or will have once there are so many. */
  foretell(number: number): string {
    for (let next = this.ids.length; next <= number; next++) {
      this.ids.push(workerIdOf(next));
    }
    return this.ids[number] as string;
  }

  /** How many there are. */
  get count(): number {
    return this.numbers.size;
  }

  id(number: number): string {
    return this.ids[number] as string;
  }

  /** The number of a Worker of this runtime, 0 where it is not known. */
  number(runtimeId: unknown, workerId: unknown): number {
    return runtimeId === this.runtimeId ? (this.numbers.get(workerId as string) ?? 0) : 0;
  }

  ref(number: number): WorkerRef {
    return { runtimeId: this.runtimeId, workerId: this.ids[number] as string };
  }
}

/** The id that the core gives the Worker of a number. */
export function workerIdOf(number: number): string {
  return `worker-${number.toString(16).padStart(8, "0")}`;
}
