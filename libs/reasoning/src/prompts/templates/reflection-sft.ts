import type { Task } from '../../transcript/transcript';
import type { Template } from '../prompt';
import { GLUE_RULE, QUESTION, VERDICT_RULE } from './shared';

const SYSTEM =
  'You are a thoughtful multi-modal reasoning model trained to analyze videos step by step and improve your reasoning through self-reflection.';

/** App. D, "Self-Reflection SFT Prompt". As printed up to the guidelines; the output format and the question are ours. */
export const REFLECTION_SFT: Readonly<Record<Task, Template>> = {
  qa: {
    system: SYSTEM,
    user: `You are given a question about a video and {count} answer options ({letters}). Your goal is to perform two rounds of reasoning:
1. Initial Reasoning: Analyze the video and generate an initial Chain-of-Thought (CoT) reasoning, followed by an initial answer.
2. Reflection and Revision: Reflect on your initial reasoning, identify potential issues or areas for improvement, and then produce a revised reasoning and a final answer.

Reasoning Guidelines:
- All reasoning must be strictly grounded in observable video content. Do not speculate or hallucinate.
- Follow the chronological order of events in the video.
- Structure reasoning as: what happens → what it implies → comparison with options.
- Keep reasoning clear, concise, factual, and well-organized.

Output Format:
<think>initial reasoning</think><answer>initial answer</answer><reflection>reflection</reflection><think>revised reasoning</think><answer>final answer</answer>
Each answer is a single uppercase letter ({choices}).

${QUESTION}`,
  },
  tag: {
    system: SYSTEM,
    user: `You are given a video that may show an anomaly. Your goal is to decide whether it does, and when, in two rounds of reasoning:
1. Initial Reasoning: Analyze the video and generate an initial Chain-of-Thought (CoT) reasoning, followed by an initial answer.
2. Reflection and Revision: Reflect on your initial reasoning, identify potential issues or areas for improvement, and then produce a revised reasoning and a final answer.

Reasoning Guidelines:
- All reasoning must be strictly grounded in observable video content. Do not speculate or hallucinate.
- Follow the chronological order of events in the video.
- Structure reasoning as: what happens → what it implies → when it begins and ends.
- Keep reasoning clear, concise, factual, and well-organized.

Output Format:
<think>initial reasoning</think><answer>initial answer</answer><glue>initial times</glue><reflection>reflection</reflection><think>revised reasoning</think><answer>final answer</answer><glue>final times</glue>
Each answer is ${VERDICT_RULE}.
Inside <glue>...</glue> stands ${GLUE_RULE}.{video}`,
  },
};
