import type { TrainingKind } from './train';

/** A named part of a configuration. */
export interface TrainingPreset {
  readonly kind: TrainingKind;
  readonly summary: string;
  readonly config: Readonly<Record<string, unknown>>;
}

const components = (...plugins: string[]): { plugin: string }[] => plugins.map((plugin) => ({ plugin }));

/** The paper's settings and its ablations (Tables 3 to 6), and the two readings of Eq. 1. */
export const TRAINING_PRESETS: Readonly<Record<string, TrainingPreset>> = {
  'reflection-sft': {
    kind: 'sft',
    summary: 'learns the whole transcript: first round, reflection and revision',
    config: { weights: { initial: 1, reflection: 1, revision: 1 } },
  },
  'paper-eq1': {
    kind: 'sft',
    summary: 'learns the revised round alone, Eq. 1 read to the letter',
    config: { weights: { initial: 0, reflection: 0, revision: 1 } },
  },
  'srvau-r1': {
    kind: 'grpo',
    summary: 'reflective transcripts; task, reflection and temporal-IoU rewards',
    config: { prompt: 'reflection-rft', reward: { components: components('task', 'reflection', 'temporal-iou') } },
  },
  'reflection-rl': {
    kind: 'grpo',
    summary: 'as srvau-r1, for a policy that had no cold start',
    config: { prompt: 'reflection-rft', reward: { components: components('task', 'reflection', 'temporal-iou') } },
  },
  'two-step': {
    kind: 'grpo',
    summary: 'thinks twice without a reflection; task and temporal-IoU rewards',
    config: { prompt: 'two-step', reward: { components: components('task', 'temporal-iou') } },
  },
  grpo: {
    kind: 'grpo',
    summary: 'one round; task and temporal-IoU rewards',
    config: { prompt: 'initial', reward: { components: components('task', 'temporal-iou') } },
  },
};
