/** Lines of a file that could not be read, counted; the first few in words. */
export interface Faults {
  readonly count: number;
  readonly messages: readonly string[];
}

const MAX_MESSAGES = 5;

export class FaultCount implements Faults {
  count = 0;
  readonly messages: string[] = [];

  add(message: string): void {
    this.count += 1;
    if (this.messages.length < MAX_MESSAGES) this.messages.push(message);
  }
}
