import type { Template } from '../prompt';

const SYSTEM = 'You are a precise and reliable AI assistant for video anomaly understanding.';
const GROUNDED =
  'must be strictly grounded in observable actions and events in the video. Do not speculate or introduce information not supported by visual evidence.';

/** What a judge marks: the class, the objects and events that matter, their causes. The paper prints no prompt for it. */
const USER = `Please describe the given video and analyze whether it shows an anomaly. Cover, in whole sentences:
- what happens in the video, in chronological order;
- the persons and objects that matter, and what they do;
- whether anything anomalous happens and, if it does, which kind of anomaly it is;
- the evidence for that judgement, its cause and its consequences as far as they can be seen.`;

/** A description with an analysis, for VAU-Eval. */
export const DESCRIPTION: Readonly<Record<'with' | 'without', Template>> = {
  with: {
    system: `${SYSTEM} You must strictly follow the formatting and reasoning rules below:
1. First generate a concise, human-like reasoning process wrapped inside <think>...</think>.
2. Then output the description and analysis wrapped inside <answer>...</answer>.
3. Both ${GROUNDED}`,
    user: USER,
  },
  without: {
    system: `${SYSTEM} You must strictly follow the formatting rules below:
1. Output the description and analysis alone, wrapped inside <answer>...</answer>, with no reasoning before or after it.
2. It ${GROUNDED}`,
    user: USER,
  },
};
