/**
 * Where endpoints of one name differ. Found out by what they refuse, and kept for the next request; each change is made
 * once, so a request is sent again at most as often as there are fields.
 */
export interface Dialect {
  /** OpenAI's newer models want the second, most others know the first alone. */
  maxTokensField: 'max_tokens' | 'max_completion_tokens';
  /** `stream_options` is taken, without which usage is not told. */
  streamOptions: boolean;
  /** `n` is taken, and heeded. */
  manyChoices: boolean;
}

export const COMMON_DIALECT: Readonly<Dialect> = {
  maxTokensField: 'max_tokens',
  streamOptions: true,
  manyChoices: true,
};

/**
 * Changes what a refusal names.
 *
 * @param hint the endpoint's own text
 * @returns whether there is something to try
 */
export function learn(dialect: Dialect, hint: string, sent: { n: number; stream: boolean }): boolean {
  if (dialect.maxTokensField === 'max_tokens' && hint.includes('max_completion_tokens')) {
    dialect.maxTokensField = 'max_completion_tokens';
    return true;
  }
  if (dialect.streamOptions && sent.stream && hint.includes('stream_options')) {
    dialect.streamOptions = false;
    return true;
  }
  if (dialect.manyChoices && sent.n > 1 && NAMES_N.test(hint)) {
    dialect.manyChoices = false;
    return true;
  }
  return false;
}

/** `n` as a word of its own: quoted, as the place of a fault, or compared with something. */
const NAMES_N = /["'`]n\\?["'`]|\bn\b\s*(=|>|<|is\b|must\b|should\b|parameter)|\bparameter n\b/;
