import { COMMON_DIALECT, type Dialect, learn, type Sent } from './dialect';

const plain: Sent = { n: 1, stream: false, formed: false, dialect: COMMON_DIALECT };
const rich: Sent = { ...plain, n: 2, stream: true, formed: true };

const after = (hint: string, sent = rich): { again: boolean; changed: Partial<Dialect> } => {
  const dialect = { ...COMMON_DIALECT };
  const again = learn(dialect, hint, sent);
  const changed = Object.entries(dialect).filter(([name, value]) => value !== COMMON_DIALECT[name as keyof Dialect]);
  return { again, changed: Object.fromEntries(changed) };
};

describe('learn', () => {
  it.each([
    ["'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.", 'maxTokensField'],
    ['Extra inputs are not permitted: stream_options', 'streamOptions'],
    ['{"error":{"message":"Invalid value","param":"n"}}', 'manyChoices'],
    ["Only 'n' = 1 is supported", 'manyChoices'],
    ['n > 1 is not supported', 'manyChoices'],
    ['n must be 1', 'manyChoices'],
    ['This response_format type is unavailable now', 'responseFormat'],
    ["'json_schema' is not supported by this backend", 'responseFormat'],
  ])('changes what %j names', (hint, field) => {
    expect(after(hint)).toMatchObject({ again: true, changed: { [field]: expect.anything() } });
  });

  it.each([
    'context length exceeded: 4096 tokens in the messages',
    'temperature must be in [0, 2]',
    'An image is too large',
    '',
  ])('changes nothing for %j', (hint) => expect(after(hint)).toEqual({ again: false, changed: {} }));

  it('blames nothing that was not sent, and nothing twice', () => {
    for (const hint of ['n must be 1', 'stream_options', 'response_format'])
      expect(after(hint, plain).again).toBe(false);
    const dialect = { ...COMMON_DIALECT };
    const hint = 'max_completion_tokens';
    expect(learn(dialect, hint, plain)).toBe(true);
    expect(learn(dialect, hint, { ...plain, dialect: { ...dialect } })).toBe(false);
  });

  it('lets a request that was on its way when another taught the same be sent again', () => {
    const dialect = { ...COMMON_DIALECT };
    const hint = 'max_completion_tokens';
    expect([learn(dialect, hint, plain), learn(dialect, hint, plain)]).toEqual([true, true]);
  });

  it('asks for JSON of whatever form before it asks for none', () => {
    const dialect = { ...COMMON_DIALECT };
    const seen = [1, 2, 3].map(() => {
      const again = learn(dialect, 'response_format', { ...rich, dialect: { ...dialect } });
      return [again, dialect.responseFormat];
    });
    expect(seen).toEqual([
      [true, 'json_object'],
      [true, 'none'],
      [false, 'none'],
    ]);
  });
});
