import { completionOf } from './completion';

const prompt = '<|im_start|>user\nq<|im_end|>\n<|im_start|>assistant\n';
const answer = '<think>x</think><answer>B</answer>';

it.each([
  ['the prompt in front', `${prompt}${answer}`, prompt],
  ['end tokens and padding behind', `${prompt}${answer}<|im_end|>\n<|endoftext|><|endoftext|>`, prompt],
  ['no prompt', `${answer}</s>`, undefined],
  ['an empty prompt', answer, ''],
  ['a prompt that the answer repeats', `${prompt}${answer}`, prompt],
  ['a clip', `<|video_pad|><|video_pad|><|video_pad|>${prompt}${answer}`, `<|video_pad|>${prompt}`],
  ['several pictures', `<|image_pad|><|image_pad|>a<|image_pad|>b${answer}`, '<|image_pad|>a<|image_pad|>b'],
])('reads the answer behind %s', (_what, query, given) => {
  expect(completionOf(query, given)).toBe(answer);
});

it('keeps what belongs to the answer', () => {
  expect(completionOf('p <|im_end|> and on', 'p')).toBe(' <|im_end|> and on');
  expect(completionOf(`p${prompt}`, 'p')).toBe(prompt);
  expect(completionOf('<|video_pad|>p<|video_pad|>', '<|video_pad|>p')).toBe('<|video_pad|>');
});

it('says when the query begins with something else', () => {
  expect(completionOf(answer, prompt)).toBeUndefined();
  expect(completionOf(`<|image_pad|>${prompt}`, `<|video_pad|>${prompt}`)).toBeUndefined();
});

it('takes all padding away, however much there is', () => {
  expect(completionOf(`${answer}${'<|endoftext|>'.repeat(50_000)}`, undefined)).toBe(answer);
  expect(completionOf(`${answer}${'\n'.repeat(100_000)}x`, undefined)).toHaveLength(answer.length + 100_001);
});
