/** One metric over the steps of a run: value i stands at step i, steps ascend. Values may be NaN or infinite. */
export interface Series {
  readonly name: string;
  readonly steps: Float64Array;
  readonly values: Float64Array;
}

const FIRST_CAPACITY = 64;

/** Grows a series point by point; a run of a million steps with dozens of metrics fits in memory. */
export class SeriesBuilder {
  private steps = new Float64Array(FIRST_CAPACITY);
  private values = new Float64Array(FIRST_CAPACITY);
  private count = 0;

  constructor(private readonly name: string) {}

  add(step: number, value: number): void {
    if (this.count === this.steps.length) {
      this.steps = doubled(this.steps);
      this.values = doubled(this.values);
    }
    this.steps[this.count] = step;
    this.values[this.count] = value;
    this.count += 1;
  }

  build(): Series {
    const { name, count } = this;
    return { name, steps: this.steps.slice(0, count), values: this.values.slice(0, count) };
  }
}

function doubled(full: Float64Array): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(full.length * 2);
  larger.set(full);
  return larger;
}
