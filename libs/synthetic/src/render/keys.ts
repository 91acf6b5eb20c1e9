import type { Effect } from '../script/scene-script';

/** Value at `sec` on straight lines between keys; 0 before the first, the last one's after it. */
export function sizeAt(keys: Effect['keys'], sec: number): number {
  const first = keys[0];
  if (first === undefined || sec < first.sec) return 0;
  let before = first;
  for (const key of keys) {
    if (key.sec > sec) {
      const share = (sec - before.sec) / (key.sec - before.sec);
      return before.size + (key.size - before.size) * share;
    }
    before = key;
  }
  return before.size;
}
