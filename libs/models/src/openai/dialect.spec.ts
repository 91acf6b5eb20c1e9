import { COMMON_DIALECT, type Dialect, learn } from './dialect';

const after = (hint: string, sent = { n: 2, stream: true }): { again: boolean; changed: Partial<Dialect> } => {
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
    expect(after('n must be 1', { n: 1, stream: false }).again).toBe(false);
    expect(after('stream_options', { n: 1, stream: false }).again).toBe(false);
    const dialect = { ...COMMON_DIALECT };
    expect(learn(dialect, 'max_completion_tokens', { n: 1, stream: false })).toBe(true);
    expect(learn(dialect, 'max_completion_tokens', { n: 1, stream: false })).toBe(false);
  });
});
