/** Events of a block. */
const BLOCK_BITS = 10;
const BLOCK_EVENTS = 1 << BLOCK_BITS;
/** Up to so many UTF-16 code units are kept here, at most 512 MiB. Later contents go to the core, which has bounds of its own. */
const MAX_UNITS = 256 * 1024 * 1024;

/**
 * The contents of a memory-backed runtime that stay with JavaScript, by the events that recorded them. The core has
 * everything else. What is kept is the string that the caller gave: one that was cut out of another keeps that one
 * alive, as it does in any array.
 */
export class Contents {
  /** Blocks, so that adding to them never copies more than one. What has its content elsewhere has an empty string. */
  private readonly blocks: string[][] = [];
  private units = 0;

  get isFull(): boolean {
    return this.units >= MAX_UNITS;
  }

  /** Event ids come in ascending order. */
  add(eventId: number, content: string): void {
    const index = eventId >>> BLOCK_BITS;
    const { blocks } = this;
    while (blocks.length <= index) {
      blocks.push([]);
    }
    const block = blocks[index] as string[];
    const place = eventId & (BLOCK_EVENTS - 1);
    while (block.length < place) {
      block.push("");
    }
    block.push(content);
    this.units += content.length;
  }

  get(eventId: number): string {
    return (this.blocks[eventId >>> BLOCK_BITS] as string[])[eventId & (BLOCK_EVENTS - 1)] as string;
  }

  clear(): void {
    this.blocks.length = 0;
    this.units = 0;
  }
}
