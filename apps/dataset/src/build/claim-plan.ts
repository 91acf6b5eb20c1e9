import { type ReflectCard, type StructuredLog } from '@srvau/contracts';
import type { ArtifactStore } from '@srvau/storage';
import { assertNotNarrower, assertSameSettings, builtFrom, isLarger, isWider, settingsHash } from './compare';
import { type CarrySource, layPlan, type ParentDataset } from './lay-plan';
import type { Budget, BuildExtent, BuildSettings, BuiltFrom } from './settings';
import type { BuildClaim, BuildDirectory } from './work/build-directory';
import { planId } from './work/plan';

/** What a request comes to, once datasets and models have been looked at. */
export interface ResolvedBuild {
  settings: BuildSettings;
  extent: BuildExtent;
  budget: Budget;
  uris: BuildClaim['uris'];
  shardItems: number;
  acceptChanges: boolean;
}

/** Whether a finished dataset is to become a larger one. @throws SrvauError CONFLICT: it is of other settings, or larger. */
export function isWorkLeft(card: ReflectCard, build: ResolvedBuild, where: string): boolean {
  const there = builtFrom(card, where);
  assertGoesOn(there, build, where);
  const endedByBudget = card.stoppedBy !== null && card.stoppedBy !== 'limit';
  return isWider(there.extent, build.extent) || (endedByBudget && isLarger(there.budget, build.budget));
}

/**
 * Claims the directory for a plan of this request, which is the one that is there, or a new one that keeps what is
 * finished. The caller holds the directory's lock.
 */
export async function claimPlan(
  directory: BuildDirectory,
  build: ResolvedBuild,
  dataset: ParentDataset,
  deps: { store: ArtifactStore; log: StructuredLog; signal: AbortSignal },
): Promise<BuildClaim> {
  const { settings, extent, budget, uris, shardItems } = build;
  const state = await directory.state();
  if (state.kind === 'unfinished') assertGoesOn(state.claim, build, directory.path);
  if (state.kind === 'complete') isWorkLeft(state.card, build, directory.path);
  const there = state.kind === 'unfinished' ? state.claim : null;
  const plan = planId(settingsHash(settings), extent, shardItems);
  await directory.prepare(there?.plan ?? null);

  let claim: BuildClaim;
  if (there?.plan === plan) {
    deps.log.info({ out: directory.path }, 'going on with a build that was interrupted');
    claim = await directory.claim({ ...there, budget, uris });
  } else {
    const carry: CarrySource =
      there !== null ? { from: 'plan', claim: there } : { from: state.kind === 'complete' ? 'dataset' : 'nothing' };
    const laid = await layPlan(directory, directory.plan(plan), { dataset, extent, settings, shardItems, carry }, deps);
    claim = await directory.claim({ settings, extent, budget, uris, plan, shardItems, ...laid });
  }
  await directory.withdraw();
  return claim;
}

function assertGoesOn(there: BuiltFrom, { settings, extent, acceptChanges }: ResolvedBuild, where: string): void {
  assertSameSettings(where, there.settings, settings, acceptChanges);
  assertNotNarrower(where, there.extent, extent);
}
