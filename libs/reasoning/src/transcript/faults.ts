import type { Fault, FaultCode } from './transcript';

/** A completion may have a fault at every tenth character; the first ones tell all there is to tell. */
export const MAX_FAULTS = 100;

/** Collects faults: the first MAX_FAULTS in full, then their number. */
export class FaultList {
  readonly listed: Fault[] = [];
  count = 0;

  add(code: FaultCode, message: string, start: number, end: number): void {
    this.count += 1;
    if (this.listed.length < MAX_FAULTS) this.listed.push({ code, message, start, end });
  }
}
