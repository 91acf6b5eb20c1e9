import { POLICY_PROMPT_NAMES, ROLLOUT_TASKS, TRANSCRIPT_GRAMMARS } from '@srvau/contracts';
import { POLICY_PROMPTS } from '../prompts/policy-prompt';
import { GRAMMARS, TASKS } from './transcript';

// The contracts know nothing of transcripts, and yet say which of them a request may ask for.
it('a request can name every grammar, task and prompt that there is, and no other', () => {
  expect(TRANSCRIPT_GRAMMARS).toEqual(GRAMMARS);
  expect(ROLLOUT_TASKS).toEqual(TASKS);
  expect(POLICY_PROMPT_NAMES).toEqual(POLICY_PROMPTS);
});
