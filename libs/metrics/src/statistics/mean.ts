import { Sum } from './sum';

/** A mean that does not depend on the order of its values in any digit that is shown. */
export class Mean {
  private readonly sum = new Sum();
  private count = 0;

  add(value: number): void {
    this.sum.add(value);
    this.count += 1;
  }

  /** Null without values. */
  get value(): number | null {
    return this.count === 0 ? null : this.sum.value / this.count;
  }
}
