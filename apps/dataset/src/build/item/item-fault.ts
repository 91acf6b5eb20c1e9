import type { ReflectStage } from '@srvau/contracts';
import { requestFaultOf } from '@srvau/model-pool';

export interface ItemFault {
  stage: ReflectStage;
  reason: string;
  detail: string;
}

/** The fault of one item in what a model threw. Undefined where the error is about the model, and so of every item. */
export function itemFaultOf(error: unknown, stage: 'initial' | 'teacher'): ItemFault | undefined {
  const fault = requestFaultOf(error);
  if (fault === undefined) return undefined;
  const { of, reason, detail } = fault;
  return { stage: of === 'video' ? 'video' : stage, reason, detail };
}
