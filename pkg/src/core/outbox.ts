/**
 * One answer of the module: numbers in the order in which they stand there, and one text that is cut by the
 * lengths found among them.
 */
export class Outbox {
  /** Where the next number stands. */
  at: number;
  readonly numbers: Float64Array;
  readonly text: string;
  /** Where the next text begins. */
  textAt = 0;

  constructor(numbers: Float64Array, at: number, text: string) {
    this.numbers = numbers;
    this.at = at;
    this.text = text;
  }

  number(): number {
    return this.numbers[this.at++] as number;
  }

  /** `undefined` where it is absent. */
  optionalNumber(): number | undefined {
    const value = this.number();
    return value < 0 ? undefined : value;
  }

  string(): string {
    return this.cut(this.number());
  }

  optionalString(): string | undefined {
    const length = this.number();
    return length < 0 ? undefined : this.cut(length);
  }

  /** As many items as the next number says. */
  list<T>(item: () => T): T[] {
    const items: T[] = [];
    for (let count = this.number(); count > 0; count--) {
      items.push(item());
    }
    return items;
  }

  /** The next `length` UTF-16 code units of the text. */
  cut(length: number): string {
    const start = this.textAt;
    this.textAt = start + length;
    return this.text.substring(start, start + length);
  }
}
