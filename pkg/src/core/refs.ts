import type { WorkerRef } from "../api/identity.js";
import type { Boundary } from "./boundary.js";

/** The ids of a runtime's Workers by number and back: asked for once each. Numbers are given 1, 2, 3 … */
export class WorkerIds {
  private readonly runtimeId: string;
  private readonly ids: string[] = [""];
  private readonly numbers = new Map<string, number>();

  constructor(runtimeId: string) {
    this.runtimeId = runtimeId;
  }

  /** Asks for the ids up to Worker `count` that are not known yet. */
  learn(boundary: Boundary, handle: number, count: number): void {
    for (let number = this.ids.length; number <= count; number++) {
      this.add(boundary.worker_id(handle, number));
    }
  }

  private add(workerId: string): void {
    this.numbers.set(workerId, this.ids.length);
    this.ids.push(workerId);
  }

  id(number: number): string {
    return this.ids[number] as string;
  }

  /** The number of a Worker of this runtime, 0 where it is not known. */
  number(runtimeId: string, workerId: string): number {
    return runtimeId === this.runtimeId ? (this.numbers.get(workerId) ?? 0) : 0;
  }

  ref(number: number): WorkerRef {
    return { runtimeId: this.runtimeId, workerId: this.ids[number] as string };
  }
}
