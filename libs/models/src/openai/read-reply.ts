import type { Usage } from '../vision-language-model';
import type { ChoicePiece } from './choice';

/** A body of /chat/completions, or one event of its stream. */
export interface Reply {
  /** With the index of each; those of an event are pieces. */
  choices: readonly { index: number; piece: ChoicePiece }[];
  usage: Usage | undefined;
  /** Who answers, as the endpoint says. */
  model: string | undefined;
  /** An error in the midst of a stream, as JSON. */
  error: string | undefined;
}

/** Of a name; it is kept with each answer. */
const MAX_MODEL_CHARS = 200;

/**
 * Reads what an endpoint sends, in the forms that are in use: content as text, as parts or absent, reasoning under either
 * name.
 *
 * @param part whether choices hold `delta` (an event) or `message` (a body)
 * @returns undefined for anything else
 */
export function readReply(json: unknown, part: 'message' | 'delta'): Reply | undefined {
  if (!isObject(json)) return undefined;
  if (isObject(json['error']) || typeof json['error'] === 'string') {
    return { choices: [], usage: undefined, model: undefined, error: JSON.stringify({ error: json['error'] }) };
  }
  if (!Array.isArray(json['choices'])) return undefined;
  const choices = (json['choices'] as unknown[]).map((choice, at) => readChoice(choice, part, at));
  if (!choices.every((choice) => choice !== undefined)) return undefined;
  const { model } = json;
  return {
    ...{ choices, usage: readUsage(json['usage']), error: undefined },
    model: typeof model === 'string' && model !== '' ? model.slice(0, MAX_MODEL_CHARS) : undefined,
  };
}

function readChoice(choice: unknown, part: 'message' | 'delta', at: number): Reply['choices'][number] | undefined {
  if (!isObject(choice)) return undefined;
  // Bodies hold whole choices, and not every server numbers them.
  const index = part === 'message' ? at : (choice['index'] ?? at);
  // The last event of a stream may hold nothing but how it ended.
  const said = choice[part] ?? (part === 'delta' ? {} : undefined);
  if (!Number.isSafeInteger(index) || !isObject(said)) return undefined;
  const text = readText(said['content']);
  const reasoning = readText(said['reasoning_content'] ?? said['reasoning']);
  if (text === undefined || reasoning === undefined) return undefined;
  const { refusal } = said;
  return {
    index: index as number,
    piece: {
      text,
      reasoning,
      refused: typeof refusal === 'string' && refusal !== '',
      logprobs: readLogprobs(choice['logprobs']),
      finish: typeof choice['finish_reason'] === 'string' ? choice['finish_reason'] : undefined,
    },
  };
}

function readText(content: unknown): string | undefined {
  if (content === undefined || content === null) return '';
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return undefined;
  const texts = (content as unknown[]).map((part) => (isObject(part) ? (part['text'] ?? '') : undefined));
  return texts.every((text) => typeof text === 'string') ? texts.join('') : undefined;
}

function readLogprobs(logprobs: unknown): number[] | undefined {
  if (!isObject(logprobs) || !Array.isArray(logprobs['content'])) return undefined;
  const values = (logprobs['content'] as unknown[]).map((token) => (isObject(token) ? token['logprob'] : undefined));
  return values.every((value) => typeof value === 'number') ? values : undefined;
}

function readUsage(usage: unknown): Usage | undefined {
  if (!isObject(usage)) return undefined;
  const [promptTokens, completionTokens] = [usage['prompt_tokens'], usage['completion_tokens']];
  return isCount(promptTokens) && isCount(completionTokens) ? { promptTokens, completionTokens } : undefined;
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}
