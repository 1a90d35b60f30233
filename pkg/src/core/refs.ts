import type { WorkerRef } from "../api/identity.js";
import type { KnownWorkers } from "../arguments/interaction.js";
import type { Boundary } from "./boundary.js";

/**
 * The ids of a runtime's Workers by number and back: asked for once each, so that every place has the same string and finds
 * it again without comparing it. Numbers are given 1, 2, 3 …
 */
export class WorkerIds implements KnownWorkers {
  private readonly runtimeId: string;
  private readonly ids: string[] = [""];
  private readonly numbers = new Map<string, number>();

  constructor(runtimeId: string) {
    this.runtimeId = runtimeId;
  }

  /** Makes the Workers up to `count` known. */
  learn(boundary: Boundary, handle: number, count: number): void {
    this.foretell(boundary, handle, count);
    for (let number = this.numbers.size + 1; number <= count; number++) {
      this.numbers.set(this.ids[number] as string, number);
    }
  }

  /** The id that Worker `number` has, or will have once there are so many. */
  foretell(boundary: Boundary, handle: number, number: number): string {
    for (let next = this.ids.length; next <= number; next++) {
      this.ids.push(boundary.worker_id(handle, next));
    }
    return this.ids[number] as string;
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
