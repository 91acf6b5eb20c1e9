import { ROLLOUT_TASKS, TRANSCRIPT_GRAMMARS } from '@srvau/contracts';
import { GRAMMARS, TASKS } from './transcript';

// The contracts know nothing of transcripts, and yet say which of them a request may ask for.
it('a request can name every grammar and task that there is, and no other', () => {
  expect(TRANSCRIPT_GRAMMARS).toEqual(GRAMMARS);
  expect(ROLLOUT_TASKS).toEqual(TASKS);
});
