import type { DatasetRow, ReflectCall, ReflectSplit, RolloutTask } from '@srvau/contracts';
import type { AskedModel, contextOf, LocalVideo, TaskOfRow } from '@srvau/model-pool';
import type { Completion, Generation } from '@srvau/models';
import type { Prompt } from '@srvau/reasoning';
import type { BuildSettings } from '../settings';
import { type ItemFault, itemFaultOf } from './item-fault';
import type { CallMeter } from './usage';

/** One thing to do: a row, asked for one task, in one of its samples. */
export interface BuildItem {
  readonly row: DatasetRow;
  readonly task: RolloutTask;
  readonly sample: number;
  readonly split: ReflectSplit;
  /** The video's `file:` or `s3:` URI; what is the matter where there is none. */
  readonly video: { readonly uri: string } | { readonly fault: string; readonly detail: string };
}

export interface ItemDeps {
  readonly initial: AskedModel;
  readonly teacher: AskedModel;
  readonly settings: BuildSettings;
  readonly openVideo: (uri: string, sha256: string | null, signal: AbortSignal) => Promise<LocalVideo>;
  readonly signal: AbortSignal;
}

/** What the steps of one item share. */
export interface ItemWork extends ItemDeps {
  readonly id: string;
  readonly item: BuildItem;
  readonly task: TaskOfRow;
  readonly facts: string | undefined;
  readonly context: ReturnType<typeof contextOf>;
  readonly meters: { readonly initial: CallMeter; readonly teacher: CallMeter };
  /** As the models are given it. */
  readonly videoUri: string;
}

/** Ends an item as a reject. */
export class Rejection extends Error {
  override readonly name = 'Rejection';
  constructor(
    readonly fault: ItemFault,
    readonly attempts = 0,
    readonly lastReply: string | null = null,
  ) {
    super(fault.detail);
  }
}

/** A model's answer; its faults of one item end that item. */
export async function ask(
  work: ItemWork,
  role: 'initial' | 'teacher',
  request: Generation,
  attempts: number,
  lastReply: string | null,
): Promise<Completion> {
  try {
    const { completion, usage } = await work[role].ask(request, work.signal);
    work.meters[role].add(usage);
    return completion;
  } catch (error) {
    if (work.signal.aborted) throw error;
    const fault = itemFaultOf(error, role);
    if (fault === undefined) throw error;
    throw new Rejection(fault, attempts, lastReply);
  }
}

/** Where a part of a record comes from. */
export function callOf(work: ItemWork, role: 'initial' | 'teacher', prompt: Prompt, seed: number): ReflectCall {
  return {
    model: work[role].identity,
    promptId: prompt.id,
    promptHash: prompt.hash,
    sampling: work.settings[role].sampling,
    seed,
    ...work.meters[role].totals,
  };
}
