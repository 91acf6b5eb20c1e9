import type { EvaluationPredictRequest } from '@srvau/contracts';
import { policyPrompt, type PolicyPrompt } from '@srvau/reasoning';

/** How a model is asked where a request does not say: as the last stage of training asks it. */
const DEFAULT_PROMPT = 'reflection-rft';

/**
 * The prompt that a request makes.
 * @param durationSec undefined where nothing tells
 * @throws SrvauError INVALID_REQUEST naming `question` or an option that is white space alone
 */
export function promptOf(request: EvaluationPredictRequest, durationSec: number | undefined): PolicyPrompt {
  const { prompt = DEFAULT_PROMPT, question, options } = request;
  if (question !== undefined && options !== undefined) return policyPrompt(prompt, { task: 'qa', question, options });
  return policyPrompt(prompt, durationSec === undefined ? { task: 'tag' } : { task: 'tag', durationSec });
}
