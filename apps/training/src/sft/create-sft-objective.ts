import type { SftConfig } from '@srvau/contracts';
import { checkEarlyStop } from '../data/check-early-stop';
import { TooLongRecords } from '../data/too-long-records';
import { TrainingData } from '../data/training-data';
import { openPolicy } from '../policy/open-policy';
import type { ObjectiveDeps } from '../rank/objective-deps';
import type { TrainingRun } from '../run/run';
import { makeLessons, requireLessons } from './lessons';
import { SftObjective } from './sft-objective';

/** No service takes part in it, and of the run it needs only where to go on. */
export type SftDeps = Omit<ObjectiveDeps<SftConfig>, 'services' | 'run'> & {
  readonly run: Pick<TrainingRun, 'resume'>;
};

/** Opens model and data; see SftObjective. */
export async function createSftObjective(deps: SftDeps): Promise<SftObjective> {
  const { config, paths, context, mediaPath } = deps;
  const { log, signal } = context;
  const policy = await openPolicy(deps);
  const model = policy.model.info;
  let data: TrainingData | undefined;
  try {
    const { prompt } = config;
    const source = { dir: paths.data, modelDir: paths.model, prompt, distinct: 'records' } as const;
    data = await TrainingData.open({ ...source, config, model, mediaPath, log, signal });
    const options = { weights: config.weights, tokenizer: data.tokenizer, endOfTurn: await data.endOfTurn() };
    const train = await makeLessons(data.train, options, signal);
    requireLessons(train, paths.data);
    const val = await makeLessons(data.val, options, signal);
    for (const { leftOut } of [train, val]) leftOut.tell(log);
    checkEarlyStop(config.validation, val.lessons, paths.data);
    const reason = `whose prompt and transcript are longer than ${model.text.maxPositions} tokens`;
    const tooLong = new TooLongRecords(reason, log);
    const lessons = { train: train.lessons, val: val.lessons };
    return new SftObjective({ config, policy, data, lessons, tooLong, context });
  } catch (error) {
    data?.close();
    await policy[Symbol.asyncDispose]();
    throw error;
  }
}
