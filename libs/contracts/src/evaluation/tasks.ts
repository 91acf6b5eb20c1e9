/** What a model is evaluated on: multiple choice, temporal grounding, description and analysis (VAU-Eval). */
export const EVALUATION_TASKS = ['qa', 'tag', 'describe'] as const;
export type EvaluationTask = (typeof EVALUATION_TASKS)[number];

/** Whether the prompt asks for reasoning before the answer: the paper's "w/ think" and "w/o think". */
export const THINKINGS = ['with', 'without'] as const;
export type Thinking = (typeof THINKINGS)[number];
