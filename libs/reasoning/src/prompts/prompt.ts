import { createHash } from 'node:crypto';
import type { Grammar, Task } from '../transcript/transcript';

/** A prompt, filled in: what a chat model is told. */
export interface Prompt {
  /** Which one, e.g. `initial/qa`. */
  readonly id: string;
  /** SHA-256 in hex of the prompt's wording, whatever it is filled with: provenance tells two wordings apart by it. */
  readonly hash: string;
  readonly task: Task;
  readonly system: string;
  readonly user: string;
}

/** A prompt that the policy answers. */
export interface PolicyPrompt extends Prompt {
  /** Of the completion that it asks for. */
  readonly grammar: Grammar;
}

/** The wording of a prompt; `{name}` stands for what is filled in. */
export interface Template {
  readonly system: string;
  readonly user: string;
}

const PLACE = /\{(\w+)\}/g;

/** One pass: braces in what is filled in stay as they are. */
export function fillTemplate(
  { system, user }: Template,
  values: Readonly<Record<string, string>>,
): Pick<Prompt, 'hash' | 'system' | 'user'> {
  const fill = (text: string): string => text.replace(PLACE, (place, name: string) => values[name] ?? place);
  const hash = createHash('sha256')
    .update(JSON.stringify([system, user]))
    .digest('hex');
  return { hash, system: fill(system), user: fill(user) };
}
