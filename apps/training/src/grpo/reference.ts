import type { GrpoConfig } from '@srvau/contracts';
import { nativeCall } from '@srvau/models';
import { type Device, type Dtype, Model } from '@srvau/native';
import type { RolloutGroup } from './draw/draw-rollouts';

export interface ReferenceOptions {
  /** The checkpoint that the run began with. */
  readonly dir: string;
  readonly device: Device;
  /** Of the policy: a reference in another one would differ from it before the first step. */
  readonly dtype: Dtype;
  readonly config: Pick<GrpoConfig, 'rollout' | 'compute'>;
  readonly signal: AbortSignal;
}

/** The frozen policy from which the trained one is not to move far away. */
export class Reference implements AsyncDisposable {
  private constructor(
    private readonly model: Model,
    private readonly config: ReferenceOptions['config'],
  ) {}

  /** On the CPU the checkpoint is used where it lies in the page cache, once for all ranks of a machine. */
  static async open({ dir, device, dtype, config, signal }: ReferenceOptions): Promise<Reference> {
    if (device === 'cpu') {
      const mapped = await nativeCall(Model.map(dir, { signal }));
      if (mapped.info.dtype === dtype) return new Reference(mapped, config);
      await mapped.dispose();
    }
    return new Reference(await nativeCall(Model.load(dir, { device, dtype, signal })), config);
  }

  /** For each group and rollout the log-probabilities of its tokens, at the temperature that they were sampled at. */
  async logprobs(groups: readonly RolloutGroup[], signal: AbortSignal): Promise<Float32Array[][]> {
    const { rollout, compute } = this.config;
    const asked = groups.flatMap(({ prompt, rollouts }) =>
      rollouts.length === 0 ? [] : [{ prompt, completions: rollouts.map(({ ids }) => ids) }],
    );
    if (asked.length === 0) return groups.map(() => []);
    const scoring = {
      temperature: rollout.temperature,
      mrope: compute.mrope,
      maxTokensPerBatch: compute.maxTokensPerPass,
    };
    const scores = await nativeCall(this.model.logprobs(asked, scoring, { signal }));
    const known = scores.values();
    return groups.map(({ rollouts }) =>
      rollouts.length === 0 ? [] : (known.next().value?.completions ?? []).map(({ logprobs }) => logprobs),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.model.dispose();
  }
}
