/** Events of a block. */
const BLOCK_BITS = 10;
const BLOCK_EVENTS = 1 << BLOCK_BITS;
/** Up to so many UTF-16 code units are kept here, at most 512 MiB. Later contents go to the core, which has bounds of its own. */
const MAX_UNITS = 256 * 1024 * 1024;
const NOWHERE = -1;

/**
 * The contents of a memory-backed runtime that stay with JavaScript, by the events that recorded them. The core has
 * everything else. What is kept is the string that the caller gave: one that was cut out of another keeps that one
 * alive, as it does in any array.
 */
export class Contents {
  /** Blocks, so that adding to them never copies more than one. What has its content elsewhere has an empty string. */
  private readonly blocks: string[][] = [];
  private last: string[] = [];
  /** The event that has its place at the end of the last block; `NOWHERE` where that block is full, or there is none. */
  private next = NOWHERE;
  private units = 0;

  get isFull(): boolean {
    return this.units >= MAX_UNITS;
  }

  /** Event ids come in ascending order. */
  add(eventId: number, content: string): void {
    if (eventId !== this.next) {
      this.skipTo(eventId);
    }
    this.last.push(content);
    this.next = (eventId & (BLOCK_EVENTS - 1)) === BLOCK_EVENTS - 1 ? NOWHERE : eventId + 1;
    this.units += content.length;
  }

  /** Goes to the place of an event, where a block begins or another event was before it. */
  private skipTo(eventId: number): void {
    const { blocks } = this;
    const index = eventId >>> BLOCK_BITS;
    while (blocks.length <= index) {
      this.last = [];
      blocks.push(this.last);
    }
    const place = eventId & (BLOCK_EVENTS - 1);
    while (this.last.length < place) {
      this.last.push("");
    }
  }

  get(eventId: number): string {
    return (this.blocks[eventId >>> BLOCK_BITS] as string[])[eventId & (BLOCK_EVENTS - 1)] as string;
  }

  clear(): void {
    this.blocks.length = 0;
    this.last = [];
    this.next = NOWHERE;
    this.units = 0;
  }
}
