import { type SftConfig, SrvauError } from '@srvau/contracts';
import { TrainingData } from '../data/training-data';
import { openPolicy } from '../policy/open-policy';
import type { ObjectiveDeps } from '../rank/objective-deps';
import type { TrainingRun } from '../run/run';
import { Lessons } from './lessons';
import { SftObjective } from './sft-objective';

/** No service takes part in it, and of the run it needs only where to go on. */
export type SftDeps = Omit<ObjectiveDeps<SftConfig>, 'services' | 'run'> & {
  readonly run: Pick<TrainingRun, 'resume'>;
};

/** Opens model and data; see SftObjective. */
export async function createSftObjective(deps: SftDeps): Promise<SftObjective> {
  const { config, paths, context, mediaPath } = deps;
  const { log, signal } = context;
  const { initial, reflection, revision } = config.weights;
  if (initial + reflection + revision === 0) {
    throw SrvauError.mismatch('INVALID_REQUEST', 'config.weights', 'one above 0 at least', 'three zeros');
  }
  const policy = await openPolicy(deps);
  const model = policy.model.info;
  let data: TrainingData | undefined;
  try {
    const { prompt } = config;
    const source = { dir: paths.data, modelDir: paths.model, prompt, distinct: 'records' } as const;
    data = await TrainingData.open({ ...source, config, model, mediaPath, log, signal });
    const lessons = new Lessons(data.tokenizer, await data.endOfTurn(), log);
    return new SftObjective({ config, policy, data, lessons, context });
  } catch (error) {
    data?.close();
    await policy[Symbol.asyncDispose]();
    throw error;
  }
}
