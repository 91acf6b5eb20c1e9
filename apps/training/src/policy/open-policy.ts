import type { TrainConfig } from '@srvau/contracts';
import { nativeCall } from '@srvau/models';
import { Model, Trainer } from '@srvau/native';
import type { ObjectiveDeps } from '../rank/objective-deps';
import type { TrainingRun } from '../run/run';

/** The model that is trained, and what trains it. */
export interface Policy extends AsyncDisposable {
  readonly model: Model;
  readonly trainer: Trainer;
}

export type PolicyDeps = Pick<ObjectiveDeps<TrainConfig>, 'config' | 'paths' | 'context' | 'device' | 'dtype'> & {
  readonly run: Pick<TrainingRun, 'resume'>;
};

/**
 * Loads where the run begins, or with weights and optimizer where it goes on. All ranks together.
 *
 * @throws SrvauError UNPROCESSABLE: a checkpoint of another architecture or a damaged one, options that native code refuses;
 *   UNAVAILABLE: the other ranks
 */
export async function openPolicy(deps: PolicyDeps): Promise<Policy> {
  const { paths, run, context, device, dtype } = deps;
  const { signal } = context;
  const model = await nativeCall(Model.load(run.resume?.dir ?? paths.model, { device, dtype, signal }));
  try {
    const trainer = await nativeCall(Trainer.create(model, trainerOptions(deps)));
    try {
      if (run.resume !== null) await nativeCall(trainer.loadState(run.resume.optimizer, { signal }));
    } catch (error) {
      await trainer.dispose();
      throw error;
    }
    const dispose = async (): Promise<void> => {
      await trainer.dispose();
      await model.dispose();
    };
    return { model, trainer, [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await model.dispose();
    throw error;
  }
}

function trainerOptions({
  config: { optimizer, compute },
  paths,
  run,
  context: { group, signal },
  dtype,
}: PolicyDeps): Parameters<typeof Trainer.create>[1] {
  const { beta1, beta2, epsilon, weightDecay, maxGradNorm } = optimizer;
  const { trainVision, recompute, mrope, maxTokensPerPass } = compute;
  // Masters in full precision come from the first checkpoint, later from the optimizer's own state.
  const roundsWeights = dtype !== 'float32' && run.resume === null;
  return {
    optimizer: { beta1, beta2, epsilon, weightDecay },
    ...{ maxGradNorm, trainVision, recompute, mrope, maxTokensPerPass, signal },
    ...(roundsWeights ? { mastersFrom: paths.model } : {}),
    ...(group === undefined ? {} : { group }),
  };
}
