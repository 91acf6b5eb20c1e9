import type { Task } from '../../transcript/transcript';
import type { Template } from '../prompt';
import { GLUE_RULE, QUESTION, VERDICT_RULE } from './shared';

const ASK_QA = `Please analyze the given video and answer the following multiple-choice question.

${QUESTION}`;

const ASK_TAG =
  'Please analyze the given video and decide whether it shows an anomaly and, if it does, when it begins and ends.{video}';

/** App. D, "Initial Reasoning Prompt": `qa` as printed; `tag` puts the answer of temporal grounding in its place. */
export const INITIAL: Readonly<Record<Task, Template>> = {
  qa: {
    system: `You are a precise and reliable AI assistant for video anomaly understanding. You must strictly follow the formatting and reasoning rules below:
1. First generate a concise, human-like reasoning process wrapped inside <think>...</think>.
2. The reasoning must be strictly grounded in observable actions and events in the video. Do not speculate or introduce information not supported by visual evidence.
3. Output the final answer wrapped inside <answer>...</answer>.
4. The answer must be a single uppercase letter ({choices}).`,
    user: ASK_QA,
  },
  tag: {
    system: `You are a precise and reliable AI assistant for video anomaly understanding. You must strictly follow the formatting and reasoning rules below:
1. First generate a concise, human-like reasoning process wrapped inside <think>...</think>.
2. The reasoning must be strictly grounded in observable actions and events in the video. Do not speculate or introduce information not supported by visual evidence.
3. Output the final answer wrapped inside <answer>...</answer>: ${VERDICT_RULE}.
4. After it, wrapped inside <glue>...</glue>, output ${GLUE_RULE}.`,
    user: ASK_TAG,
  },
};

/** The same without thinking, for the paper's "w/o think" columns, of which it prints no prompt. */
export const DIRECT: Readonly<Record<Task, Template>> = {
  qa: {
    system: `You are a precise and reliable AI assistant for video anomaly understanding. You must strictly follow the formatting rules below:
1. Output the answer alone, wrapped inside <answer>...</answer>, with no reasoning before or after it.
2. The answer must be a single uppercase letter ({choices}).`,
    user: ASK_QA,
  },
  tag: {
    system: `You are a precise and reliable AI assistant for video anomaly understanding. You must strictly follow the formatting rules below:
1. Output the answer alone, wrapped inside <answer>...</answer>, with no reasoning before or after it: ${VERDICT_RULE}.
2. After it, wrapped inside <glue>...</glue>, output ${GLUE_RULE}.`,
    user: ASK_TAG,
  },
};
