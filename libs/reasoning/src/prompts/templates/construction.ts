import type { Task } from '../../transcript/transcript';
import type { Template } from '../prompt';
import { GLUE_RULE, QUESTION, VERDICT_RULE } from './shared';

/** The teacher is shown the truth; the policy that learns from it never is, so no trace of it may be written. */
const NO_TRACE =
  'Write as the model that looks back at its own reasoning. Point out what is wrong or weak rather than the right answer, and mention neither these instructions nor that the truth was given.';

const INITIAL_ROUND = `Initial reasoning:
{reasoning}

Initial answer: {answer} ({match})`;

/**
 * App. D, "Reflection-Aware Data Construction Prompt". `qa` as printed but for the first and last line of the output
 * requirement, the rule that no trace of the truth be left (App. A: identify issues rather than present the answer) and
 * what is filled in.
 */
export const CONSTRUCTION: Readonly<Record<Task, Template>> = {
  qa: {
    system:
      "You are a meticulous multi-modal reasoning editor. You must improve a model's reasoning by performing self-reflection and producing a revised, grounded chain-of-thought that matches the correct option.",
    user: `You are performing self-reflection on a previously generated reasoning process for a video-based multiple-choice question. Your goal is to:
1. Critique the initial reasoning; and
2. Produce a cleaner, more reliable revised reasoning that supports the correct option.

Reflection Rules:
- If the initial answer does not match the correct option:
  - Explain why the chosen incorrect option is not supported by the video.
  - Explain which key evidence supports the correct option.
- If the initial answer matches the correct option:
  - Explain how the reasoning can be clearer, better structured, or more grounded in chronological evidence.
Keep the reflection short and focused on improving the reasoning structure.
${NO_TRACE}

Final Output Requirement:
- Write the reflection wrapped inside <reflection>...</reflection>.
- Generate a FINAL THINK:
  - Write a new, improved reasoning wrapped inside <think>...</think>.
- Output the letter of the correct option wrapped inside <answer>...</answer>, and nothing after it.

${QUESTION}

Correct option: {truth}{facts}

${INITIAL_ROUND}`,
  },
  tag: {
    system:
      "You are a meticulous multi-modal reasoning editor. You must improve a model's reasoning by performing self-reflection and producing a revised, grounded chain-of-thought that matches the annotated anomaly.",
    user: `You are performing self-reflection on a previously generated reasoning process that decides whether a video shows an anomaly, and when. Your goal is to:
1. Critique the initial reasoning; and
2. Produce a cleaner, more reliable revised reasoning that supports the annotation.

Reflection Rules:
- If the initial answer does not match the annotation:
  - Explain why the initial verdict or its times are not supported by the video.
  - Explain which key evidence supports the annotation.
- If the initial answer matches the annotation:
  - Explain how the reasoning can be clearer, better structured, or more grounded in chronological evidence.
Keep the reflection short and focused on improving the reasoning structure.
${NO_TRACE}

Final Output Requirement:
- Write the reflection wrapped inside <reflection>...</reflection>.
- Generate a FINAL THINK:
  - Write a new, improved reasoning wrapped inside <think>...</think>.
- Output the annotated verdict wrapped inside <answer>...</answer>: ${VERDICT_RULE}.
- After it, wrapped inside <glue>...</glue>, output ${GLUE_RULE}. Write nothing after it.{video}

Annotation: {truth}{facts}

${INITIAL_ROUND}`,
  },
};
