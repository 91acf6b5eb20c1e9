import type { ChatMessage, ReflectRecord, RolloutTask, TruthRow, VideoConfig } from '@srvau/contracts';
import { type PolicyPrompt, policyPrompt, type PolicyPromptName, type Subject } from '@srvau/reasoning';

/** What training takes of a record of D_reflect. */
export interface TrainingItem {
  /** Of the record. */
  readonly id: string;
  readonly rowId: string;
  readonly task: RolloutTask;
  readonly truth: TruthRow;
  readonly durationSec: number | null;
  readonly videoUri: string;
  readonly prompt: PolicyPrompt;
  /** Well formed in the reflective grammar: what SFT teaches. */
  readonly transcript: string;
}

/** @throws SrvauError INVALID_REQUEST: a question that makes no prompt */
export function itemOf(record: ReflectRecord & { videoUri: string }, prompt: PolicyPromptName): TrainingItem {
  const { id, rowId, task, truth, durationSec, videoUri, transcript } = record;
  return {
    ...{ id, rowId, task, truth, durationSec, videoUri, transcript },
    prompt: policyPrompt(prompt, subjectOf(record)),
  };
}

/** The video comes before the text, as in Qwen's own examples and as when the first answers were drawn. */
export function messagesOf({ prompt, videoUri }: TrainingItem, view: VideoConfig): ChatMessage[] {
  const { fps, minPixels, maxPixels } = view;
  return [
    { role: 'system', content: prompt.system },
    {
      role: 'user',
      content: [
        {
          type: 'video',
          video: videoUri,
          fps,
          ...(minPixels === undefined ? {} : { min_pixels: minPixels }),
          ...(maxPixels === undefined ? {} : { max_pixels: maxPixels }),
        },
        { type: 'text', text: prompt.user },
      ],
    },
  ];
}

function subjectOf({ task, question, options, durationSec }: ReflectRecord): Subject {
  if (task === 'qa') return { task, question: question ?? '', options: options ?? [] };
  return durationSec !== null && durationSec > 0 ? { task, durationSec } : { task };
}
