import { messagesOf } from '@srvau/model-pool';
import { type PolicyPrompt, policyPrompt } from '@srvau/reasoning';
import { ask, type ItemWork, Rejection } from './work';
import { type InitialFault, type InitialText, readInitial } from './initial-round';
import { seedOf } from './seeds';

/** The base model's round, and how it was asked. */
export interface InitialRoundDrawn extends InitialText {
  /** As it came. */
  readonly completion: string;
  readonly prompt: PolicyPrompt;
  /** Of the first attempt. */
  readonly seed: number;
}

/**
 * Asks the base model, again under another seed while there is no round to reflect on, up to `maxAttempts` times.
 * @throws Rejection after the last; at once where the model draws the very same again.
 */
export async function askInitial(work: ItemWork): Promise<InitialRoundDrawn> {
  const { item, settings, id, task, context } = work;
  const prompt = policyPrompt('initial', task.subject);
  const messages = messagesOf(prompt, work.videoUri, settings);
  const firstSeed = seedOf(settings.seed, id, 'initial', 0);
  let last: { completion: string; fault: InitialFault } | undefined;
  for (let attempt = 0; attempt < settings.maxAttempts; attempt += 1) {
    const request = {
      messages,
      sampling: { ...settings.initial.sampling, seed: seedOf(settings.seed, id, 'initial', attempt) },
      context: { ...context, attempt },
    };
    const { text, finishReason } = await ask(work, 'initial', request, 0, last?.completion ?? null);
    const read = readInitial(text, item.task);
    // An answer that is there counts even where the end was cut off or filtered.
    if ('text' in read) return { ...read, completion: text, prompt, seed: firstSeed };
    // Greedy sampling draws no other.
    const again = last?.completion === text;
    last = { completion: text, fault: finishReason === 'stop' ? read : cutOff(finishReason, read) };
    if (again) break;
  }
  const { reason, detail } = last?.fault ?? { reason: 'initial-no-answer', detail: 'expected a round, received none' };
  throw new Rejection({ stage: 'initial', reason, detail }, 0, last?.completion ?? null);
}

function cutOff(finishReason: 'length' | 'filtered', { detail }: InitialFault): InitialFault {
  if (finishReason === 'filtered')
    return { reason: 'initial-filtered', detail: `a filter of contents cut it off; ${detail}` };
  return { reason: 'initial-cut-off', detail: `it was cut off at its greatest length; ${detail}` };
}
