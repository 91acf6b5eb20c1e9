import { type ErrorDetail, SrvauError } from '@srvau/contracts';
import type { RunParent, RunRecord } from '@srvau/storage';
import { changesOf, textOf } from './changes';

/** What a run is, as a request would have it go on. */
export interface RunIdentity {
  /** `training.sft` or `training.grpo`. */
  readonly kind: string;
  readonly config: object;
  readonly parents: readonly RunParent[];
}

/**
 * Settings that may change when a run goes on: how long it is, what is saved and looked at, and how it is computed, which at
 * most rounds otherwise. A group of settings stands for all in it.
 */
const MAY_CHANGE: ReadonlySet<string> = new Set([
  ...['steps', 'epochs', 'checkpoints', 'validation', 'guards', 'samplesEvery'],
  ...['compute.threads', 'compute.recompute', 'compute.maxTokensPerPass'],
  ...['rollout.maxSequences', 'reward.deadlineMs', 'reward.onFailure'],
]);

const mayChange = (field: string): boolean =>
  MAY_CHANGE.has(field) || [...MAY_CHANGE].some((group) => field.startsWith(`${group}.`));

/**
 * A run goes on only as the run that it is: its metrics would otherwise be those of two.
 * @throws SrvauError CONFLICT with a detail for each setting that differs from the run's.
 */
export function requireSameRun(record: Pick<RunRecord, 'id' | 'kind' | 'config' | 'parents'>, now: RunIdentity): void {
  const details: ErrorDetail[] = [];
  const differ = (field: string, expected: string, received: string): void => {
    if (expected !== received) details.push({ field, expected: `${expected}, that of the run`, received });
  };
  differ('kind', record.kind, now.kind);
  // Another kind has other settings: that each of them differs says nothing more.
  if (details.length === 0) {
    for (const parent of now.parents) {
      differ(
        parent.role,
        ...comparable(
          record.parents.find(({ role }) => role === parent.role),
          parent,
        ),
      );
    }
    const config = JSON.parse(JSON.stringify(now.config)) as object;
    for (const { field, before, after } of changesOf(record.config, config)) {
      if (!mayChange(field)) differ(`config.${field}`, textOf(before), textOf(after));
    }
  }
  if (details.length === 0) return;
  const lines = details.map(({ field, expected, received }) => `${field}: expected ${expected}, received ${received}`);
  throw new SrvauError('CONFLICT', `the run ${record.id} is another one: ${lines.join('; ')}`, { details });
}

/** By content where both sides know it, so that a run may be moved together with what it was made of. */
function comparable(ofRun: RunParent | undefined, now: RunParent): [string, string] {
  if (ofRun === undefined) return ['nothing', now.uri];
  const isKnown = ofRun.digest !== undefined && now.digest !== undefined;
  if (!isKnown) return [ofRun.uri, now.uri];
  if (ofRun.digest === now.digest) return [now.uri, now.uri];
  return [`${ofRun.uri} (${ofRun.digest})`, `${now.uri} (${now.digest})`];
}
