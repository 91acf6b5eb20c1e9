import type { Task } from '../../transcript/transcript';
import type { Template } from '../prompt';
import { GLUE_RULE, QUESTION, VERDICT_RULE } from './shared';

const SYSTEM =
  'You are a multi-modal reasoning model for video understanding. You must base your reasoning strictly on observable evidence in the video and avoid hallucination or unsupported speculation.';

const CONSTRAINTS = `Reasoning Constraints:
- Ground all reasoning in visible events and actions in the video.
- Follow the chronological order of events.
- Keep the reasoning clear, factual, and concise.
- Do not introduce details not supported by the video.`;

const QA_ANSWER = 'Each answer must be a single uppercase letter ({choices}).';
const TAG_ANSWER = `Each answer must be ${VERDICT_RULE}.
Each GLUE must be ${GLUE_RULE}.`;
const NOTHING_ELSE = 'Write nothing before, between or after these parts.';

/**
 * App. D, "Self-Reflection RFT Prompt". The paper speaks of five parts and prints three; the fourth and fifth, the form of
 * an answer and the question are ours.
 */
export const REFLECTION_RFT: Readonly<Record<Task, Template>> = {
  qa: {
    system: SYSTEM,
    user: `You will be given a question about a video and {count} answer options ({range}). Your task is to reason in two rounds:
1. Provide an INITIAL reasoning and an INITIAL answer.
2. Reflect on your initial reasoning, revise it if necessary, and provide a FINAL reasoning and a FINAL answer.

Output Requirements (MUST follow exactly):
The output must follow five parts in order:
- THINK (<think>...</think>)
- ANSWER (<answer>...</answer>)
- REFLECTION (<reflection>...</reflection>)
- THINK (<think>...</think>)
- ANSWER (<answer>...</answer>)
${QA_ANSWER}
${NOTHING_ELSE}

${CONSTRAINTS}

${QUESTION}`,
  },
  tag: {
    system: SYSTEM,
    user: `You will be given a video that may show an anomaly. Your task is to decide whether it does, and when, and to reason in two rounds:
1. Provide an INITIAL reasoning and an INITIAL answer.
2. Reflect on your initial reasoning, revise it if necessary, and provide a FINAL reasoning and a FINAL answer.

Output Requirements (MUST follow exactly):
The output must follow seven parts in order:
- THINK (<think>...</think>)
- ANSWER (<answer>...</answer>)
- GLUE (<glue>...</glue>)
- REFLECTION (<reflection>...</reflection>)
- THINK (<think>...</think>)
- ANSWER (<answer>...</answer>)
- GLUE (<glue>...</glue>)
${TAG_ANSWER}
${NOTHING_ELSE}

${CONSTRAINTS}{video}`,
  },
};

/** The ablation "Two-Step Thinking" (Table 6), of which the paper prints no prompt: the one above without reflection. */
export const TWO_STEP: Readonly<Record<Task, Template>> = {
  qa: {
    system: SYSTEM,
    user: `You will be given a question about a video and {count} answer options ({range}). Your task is to reason in two rounds:
1. Provide an INITIAL reasoning and an INITIAL answer.
2. Think again, and provide a FINAL reasoning and a FINAL answer.

Output Requirements (MUST follow exactly):
The output must follow four parts in order:
- THINK (<think>...</think>)
- ANSWER (<answer>...</answer>)
- THINK (<think>...</think>)
- ANSWER (<answer>...</answer>)
${QA_ANSWER}
${NOTHING_ELSE}

${CONSTRAINTS}

${QUESTION}`,
  },
  tag: {
    system: SYSTEM,
    user: `You will be given a video that may show an anomaly. Your task is to decide whether it does, and when, and to reason in two rounds:
1. Provide an INITIAL reasoning and an INITIAL answer.
2. Think again, and provide a FINAL reasoning and a FINAL answer.

Output Requirements (MUST follow exactly):
The output must follow six parts in order:
- THINK (<think>...</think>)
- ANSWER (<answer>...</answer>)
- GLUE (<glue>...</glue>)
- THINK (<think>...</think>)
- ANSWER (<answer>...</answer>)
- GLUE (<glue>...</glue>)
${TAG_ANSWER}
${NOTHING_ELSE}

${CONSTRAINTS}{video}`,
  },
};
