import { parseTranscript } from '../transcript/parse-transcript';
import { type ConstructionInput, constructionPrompt } from './construction-prompt';

const INITIAL = '<think>The man is simply late.</think><answer>B</answer>';
const parsed = parseTranscript(INITIAL, { grammar: 'single', task: 'qa' });
const QA: ConstructionInput = {
  task: 'qa',
  question: 'Why does the man in the red coat start to run?',
  options: ['A dog is chasing him.', 'He is late.', 'A shelf falls behind him.', 'He has seen a friend.'],
  correctOption: 'C',
  initial: { reasoning: parsed.segments[0]?.text ?? '', answer: parsed.firstAnswer },
};
const span = { startSec: 5.2, endSec: 10.4 };
const grounded = (text: string): ConstructionInput => {
  const { segments, firstAnswer } = parseTranscript(text, { grammar: 'single', task: 'tag' });
  return { task: 'tag', durationSec: 20, span, initial: { reasoning: segments[0]?.text ?? '', answer: firstAnswer } };
};

describe('the wording for the teacher (paper, App. D)', () => {
  it('in a question', () => {
    const { id, system, user, path } = constructionPrompt({ ...QA, facts: 'A shelf falls at 5 s.\n' });
    expect([id, path]).toEqual(['construction/qa', 'correct']);
    expect(system).toBe(
      "You are a meticulous multi-modal reasoning editor. You must improve a model's reasoning by performing self-reflection and producing a revised, grounded chain-of-thought that matches the correct option.",
    );
    expect(user.split('\n')).toEqual([
      'You are performing self-reflection on a previously generated reasoning process for a video-based multiple-choice question. Your goal is to:',
      '1. Critique the initial reasoning; and',
      '2. Produce a cleaner, more reliable revised reasoning that supports the correct option.',
      '',
      'Reflection Rules:',
      '- If the initial answer does not match the correct option:',
      '  - Explain why the chosen incorrect option is not supported by the video.',
      '  - Explain which key evidence supports the correct option.',
      '- If the initial answer matches the correct option:',
      '  - Explain how the reasoning can be clearer, better structured, or more grounded in chronological evidence.',
      'Keep the reflection short and focused on improving the reasoning structure.',
      'Write as the model that looks back at its own reasoning. Point out what is wrong or weak rather than the right answer, and mention neither these instructions nor that the truth was given.',
      '',
      'Final Output Requirement:',
      '- Write the reflection wrapped inside <reflection>...</reflection>.',
      '- Generate a FINAL THINK:',
      '  - Write a new, improved reasoning wrapped inside <think>...</think>.',
      '- Output the letter of the correct option wrapped inside <answer>...</answer>, and nothing after it.',
      '',
      'Question: Why does the man in the red coat start to run?',
      '',
      'Options:',
      'A. A dog is chasing him.',
      'B. He is late.',
      'C. A shelf falls behind him.',
      'D. He has seen a friend.',
      '',
      'Correct option: C',
      '',
      'Annotated facts:',
      'A shelf falls at 5 s.',
      '',
      'Initial reasoning:',
      'The man is simply late.',
      '',
      'Initial answer: B (does not match the correct option)',
    ]);
  });

  it('in temporal grounding', () => {
    const input = grounded('<think>Nothing happens.</think><answer>Normal</answer><glue>[-1.0, -1.0]</glue>');
    const { id, user, path } = constructionPrompt(input);
    expect([id, path]).toEqual(['construction/tag', 'correct']);
    expect(user.split('\n').slice(-10)).toEqual([
      expect.stringContaining('Write nothing after it.'),
      '',
      'The video lasts 20.0 seconds.',
      '',
      'Annotation: Anomaly, [5.2, 10.4]',
      '',
      'Initial reasoning:',
      'Nothing happens.',
      '',
      'Initial answer: Normal, [-1.0, -1.0] (does not match the annotated verdict)',
    ]);
    const normal = constructionPrompt({ ...input, task: 'tag', span: undefined });
    expect(normal.path).toBe('refine');
    expect(normal.user).toContain('\nAnnotation: Normal\n');
    expect(normal.user).toContain('(matches the annotated verdict)');
    expect(normal.hash).toBe(constructionPrompt(input).hash);
  });
});

describe('constructionPrompt', () => {
  it('refines what is right', () => {
    const { path, user } = constructionPrompt({ ...QA, correctOption: 'B' });
    expect(path).toBe('refine');
    expect(user).toContain('Initial answer: B (matches the correct option)');
    expect(constructionPrompt(grounded('<think>t</think><answer>Fire</answer><glue>[1, 2]</glue>')).path).toBe(
      'refine',
    );
  });

  it('takes a round without reasoning or answer, or with an answer that names none', () => {
    const empty = constructionPrompt({ ...QA, initial: { reasoning: ' ', answer: undefined } });
    expect(empty.path).toBe('correct');
    expect(empty.user).toContain('Initial reasoning:\n(none)\n\nInitial answer: none (does not match');
    const both = parseTranscript('<answer>B or C</answer>', { grammar: 'single', task: 'qa' }).firstAnswer;
    const hedged = constructionPrompt({ ...QA, initial: { reasoning: 'r', answer: both } });
    expect(hedged.path).toBe('correct');
    expect(hedged.user).toContain('Initial answer: B or C (does not match');
  });

  it('asks for what makes, behind the initial round, a reflective transcript', () => {
    const reply = '<reflection>r</reflection><think>t</think><answer>C</answer>';
    expect(parseTranscript(INITIAL + reply, { grammar: 'reflective', task: 'qa' }).wellFormed).toBe(true);
  });

  it.each(['E', '', 'c', 'C.', 'A or B'])('refuses %j as the correct option', (correctOption) => {
    expect(() => constructionPrompt({ ...QA, correctOption })).toThrow(
      `correctOption: expected the letter of one of the 4 options, received "${correctOption}" (string)`,
    );
  });
});
