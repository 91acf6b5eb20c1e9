import type { Grammar, Task } from '../transcript/transcript';
import { fillTemplate, type PolicyPrompt, type Template } from './prompt';
import { type Subject, valuesOf } from './subject';
import { DIRECT, INITIAL } from './templates/initial';
import { REFLECTION_RFT, TWO_STEP } from './templates/reflection-rft';
import { REFLECTION_SFT } from './templates/reflection-sft';

/**
 * - `initial`: one round with thinking, for the base model and for evaluation "w/ think" of models that do not reflect
 * - `direct`: no thinking, for evaluation "w/o think"
 * - `reflection-sft`, `reflection-rft`: two rounds around a reflection, for the two stages of training
 * - `two-step`: two rounds without a reflection, the ablation
 */
export const POLICY_PROMPTS = ['initial', 'direct', 'reflection-sft', 'reflection-rft', 'two-step'] as const;
export type PolicyPromptName = (typeof POLICY_PROMPTS)[number];

interface Wording {
  readonly grammar: Grammar;
  readonly templates: Readonly<Record<Task, Template>>;
}

const WORDINGS: Readonly<Record<PolicyPromptName, Wording>> = {
  initial: { grammar: 'single', templates: INITIAL },
  direct: { grammar: 'direct', templates: DIRECT },
  'reflection-sft': { grammar: 'reflective', templates: REFLECTION_SFT },
  'reflection-rft': { grammar: 'reflective', templates: REFLECTION_RFT },
  'two-step': { grammar: 'two-step', templates: TWO_STEP },
};

/** Of the completions that a prompt asks for. */
export const grammarOf = (name: PolicyPromptName): Grammar => WORDINGS[name].grammar;

/**
 * What the policy is asked (paper, App. D).
 *
 * Text of the question stays as it is, tags included: only the completion is ever parsed.
 *
 * @throws SrvauError INVALID_REQUEST: see `Subject`.
 */
export function policyPrompt(name: PolicyPromptName, subject: Subject): PolicyPrompt {
  const { grammar, templates } = WORDINGS[name];
  const { task } = subject;
  return { id: `${name}/${task}`, task, grammar, ...fillTemplate(templates[task], valuesOf(subject)) };
}
