import { fillTemplate, type Prompt } from './prompt';
import { DESCRIPTION } from './templates/description';

/** A prompt for a description with an analysis; what comes back is read by `readDescription`. */
export interface DescriptionPrompt extends Omit<Prompt, 'task'> {
  readonly task: 'describe';
}

/** What a model is asked for VAU-Eval. @param thinking whether it thinks first */
export function descriptionPrompt(thinking: 'with' | 'without'): DescriptionPrompt {
  return { id: `describe/${thinking}`, task: 'describe', ...fillTemplate(DESCRIPTION[thinking], {}) };
}
