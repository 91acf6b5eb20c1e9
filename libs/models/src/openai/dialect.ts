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
  /** How an answer's form is asked for: by its schema, as JSON of whatever form, or by the messages alone. */
  responseFormat: 'json_schema' | 'json_object' | 'none';
}

export const COMMON_DIALECT: Readonly<Dialect> = {
  maxTokensField: 'max_tokens',
  streamOptions: true,
  manyChoices: true,
  responseFormat: 'json_schema',
};

/** What a request was sent with. */
export interface Sent {
  n: number;
  stream: boolean;
  /** It named a form for its answer. */
  formed: boolean;
  dialect: Readonly<Dialect>;
}

/**
 * Changes what a refusal names.
 *
 * @param hint the endpoint's own text
 * @returns whether there is something to try: a change, or one that has been made since the request was sent
 */
export function learn(dialect: Dialect, hint: string, sent: Sent): boolean {
  if (FIELDS.some((field) => dialect[field] !== sent.dialect[field])) return true;
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
  if (dialect.responseFormat !== 'none' && sent.formed && NAMES_FORMAT.test(hint)) {
    dialect.responseFormat = dialect.responseFormat === 'json_schema' ? 'json_object' : 'none';
    return true;
  }
  return false;
}

const FIELDS = Object.keys(COMMON_DIALECT) as (keyof Dialect)[];

/** `n` as a word of its own: quoted, as the place of a fault, or compared with something. */
const NAMES_N = /["'`]n\\?["'`]|\bn\b\s*(=|>|<|is\b|must\b|should\b|parameter)|\bparameter n\b/;

/** The field, or one of its values: some name the value alone. */
const NAMES_FORMAT = /response_format|json_schema|json_object|guided_json|structured.output/i;
