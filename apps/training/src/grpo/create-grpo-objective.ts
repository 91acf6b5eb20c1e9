import type { GrpoConfig } from '@srvau/contracts';
import { grammarOf } from '@srvau/reasoning';
import { BatchPrefetch } from '../data/batch-prefetch';
import { checkEarlyStop } from '../data/check-early-stop';
import { EpochOrder } from '../data/epoch-order';
import { TooLongRecords } from '../data/too-long-records';
import { TrainingData } from '../data/training-data';
import { openPolicy } from '../policy/open-policy';
import type { ObjectiveDeps } from '../rank/objective-deps';
import { sumOverRanks } from '../rank/sum-over-ranks';
import type { TrainingRun } from '../run/run';
import { GrpoObjective } from './grpo-objective';
import { readGrpoState } from './grpo-state';
import { Reference } from './reference';
import type { Requester } from './scoring/patient-call';
import { RewardClient } from './scoring/reward-client';

/** What of the parts of a rank is needed. */
export interface GrpoDeps extends Omit<ObjectiveDeps<GrpoConfig>, 'run' | 'services'> {
  readonly run: Pick<TrainingRun, 'resume' | 'event'>;
  /** A ServiceClient. */
  readonly services: Requester;
}

/**
 * Opens all that a GRPO run needs: the reward service is asked before weights are read, and the data are checked before the
 * reference is opened.
 *
 * @throws SrvauError UNPROCESSABLE: a plugin that is missing or of another version, data or a checkpoint that cannot be used
 */
export async function createGrpoObjective(deps: GrpoDeps): Promise<GrpoObjective> {
  const { config, paths, run, context, device, dtype } = deps;
  const { signal, rank, worldSize } = context;
  let stepsDone = run.resume?.state.step ?? 0;
  const rewards = rewardClient(deps, () => stepsDone);
  const recorded = run.resume === null ? undefined : readGrpoState(run.resume.state.objective).scoreVersions;
  await rewards.check(recorded, signal);

  /** What has been opened so far, to be closed should a later part fail. */
  const opened: (() => unknown)[] = [];
  try {
    const policy = await openPolicy(deps);
    opened.push(() => policy[Symbol.asyncDispose]());
    const data = await TrainingData.open({
      ...{ dir: paths.data, modelDir: paths.model, config, model: policy.model.info, prompt: config.prompt },
      ...{ distinct: 'prompts', mediaPath: deps.mediaPath, log: context.log, signal },
    });
    opened.push(() => data.close());
    checkEarlyStop(config.validation, data.val, paths.data);
    // Completions of a policy whose turns end otherwise would all run to their full length.
    await data.endOfTurn();
    const order = new EpochOrder({
      ...{ seed: config.seed, items: data.train.length },
      ...{ batchSize: config.rollout.promptsPerStep, field: 'config.rollout.promptsPerStep' },
    });
    const frozen = { dir: paths.model, device, dtype, config, signal };
    const reference = config.loss.klCoef > 0 ? await Reference.open(frozen) : undefined;
    const prefetch = new BatchPrefetch(data);
    const ranks = { rank, worldSize, sum: sumOverRanks(context) };
    const begins = (what: string): void => context.begins(what);
    const onStep = (step: number): void => void (stepsDone = step);
    const { maxPositions } = policy.model.info.text;
    const reason = `whose prompt leaves no room for a completion within ${maxPositions} tokens`;
    const tooLong = new TooLongRecords(reason, context.log);
    const made = { policy, data, prefetch, order, rewards, reference };
    return new GrpoObjective({ config, ...made, ranks, tooLong, onStep, begins });
  } catch (error) {
    for (const close of opened.reverse()) await close();
    throw error;
  }
}

function rewardClient({ config, run, context, services }: GrpoDeps, stepsDone: () => number): RewardClient {
  const { log } = context;
  const onWaiting = (why: string): void => {
    const message = `waiting for the reward service: ${why}`;
    // The run goes on without this line; a disk that is full shows where it matters.
    run.event({ step: stepsDone(), kind: 'waiting', message }).catch((error: unknown) => {
      log.warn({ err: error }, 'an event could not be recorded');
    });
  };
  return new RewardClient({
    requester: {
      request: (subject, body, options) => {
        // However long the service is away: asking again is getting on.
        context.begins('score');
        return services.request(subject, body, options);
      },
    },
    reward: config.reward,
    grammar: grammarOf(config.prompt),
    log,
    onWaiting,
  });
}
