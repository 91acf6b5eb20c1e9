import { parseTranscript } from '../transcript/parse-transcript';
import { grammarOf, POLICY_PROMPTS, policyPrompt, type PolicyPromptName } from './policy-prompt';
import type { QaSubject, TagSubject } from './subject';

const QA: QaSubject = {
  task: 'qa',
  question: 'Why does the man in the red coat start to run?\n',
  options: ['A dog is chasing him.', 'He is late.', 'A shelf\n falls behind him.', 'He has seen a friend.'],
};
const TAG: TagSubject = { task: 'tag' };

const QUESTION = [
  'Question: Why does the man in the red coat start to run?',
  '',
  'Options:',
  'A. A dog is chasing him.',
  'B. He is late.',
  'C. A shelf falls behind him.',
  'D. He has seen a friend.',
];
const VERDICT = 'Normal if nothing anomalous happens in the video, otherwise Anomaly';
const GLUE =
  'when the anomaly happens, as [start, end] in seconds from the beginning of the video, e.g. <glue>[5.2, 10.4]</glue>; for a normal video <glue>[-1.0, -1.0]</glue>';

it('knows the grammar of a prompt before there is one', () => {
  for (const name of POLICY_PROMPTS) expect(policyPrompt(name, TAG).grammar).toBe(grammarOf(name));
  expect(grammarOf('two-step')).toBe('two-step');
});

describe('the wording (paper, App. D)', () => {
  it('of initial/qa', () => {
    const { system, user } = policyPrompt('initial', QA);
    expect(system.split('\n')).toEqual([
      'You are a precise and reliable AI assistant for video anomaly understanding. You must strictly follow the formatting and reasoning rules below:',
      '1. First generate a concise, human-like reasoning process wrapped inside <think>...</think>.',
      '2. The reasoning must be strictly grounded in observable actions and events in the video. Do not speculate or introduce information not supported by visual evidence.',
      '3. Output the final answer wrapped inside <answer>...</answer>.',
      '4. The answer must be a single uppercase letter (A/B/C/D).',
    ]);
    expect(user.split('\n')).toEqual([
      'Please analyze the given video and answer the following multiple-choice question.',
      '',
      ...QUESTION,
    ]);
  });

  it('of initial/tag', () => {
    const { system, user } = policyPrompt('initial', TAG);
    expect(system.split('\n').slice(3)).toEqual([
      `3. Output the final answer wrapped inside <answer>...</answer>: ${VERDICT}.`,
      `4. After it, wrapped inside <glue>...</glue>, output ${GLUE}.`,
    ]);
    expect(user).toBe(
      'Please analyze the given video and decide whether it shows an anomaly and, if it does, when it begins and ends.',
    );
  });

  it('of direct', () => {
    expect(policyPrompt('direct', QA).system.split('\n')).toEqual([
      'You are a precise and reliable AI assistant for video anomaly understanding. You must strictly follow the formatting rules below:',
      '1. Output the answer alone, wrapped inside <answer>...</answer>, with no reasoning before or after it.',
      '2. The answer must be a single uppercase letter (A/B/C/D).',
    ]);
    expect(policyPrompt('direct', QA).user).toBe(policyPrompt('initial', QA).user);
    expect(policyPrompt('direct', TAG).user).toBe(policyPrompt('initial', TAG).user);
    expect(policyPrompt('direct', TAG).system).not.toContain('think');
  });

  it('of reflection-sft/qa', () => {
    const { system, user } = policyPrompt('reflection-sft', QA);
    expect(system).toBe(
      'You are a thoughtful multi-modal reasoning model trained to analyze videos step by step and improve your reasoning through self-reflection.',
    );
    expect(user.split('\n')).toEqual([
      'You are given a question about a video and four answer options (A, B, C, D). Your goal is to perform two rounds of reasoning:',
      '1. Initial Reasoning: Analyze the video and generate an initial Chain-of-Thought (CoT) reasoning, followed by an initial answer.',
      '2. Reflection and Revision: Reflect on your initial reasoning, identify potential issues or areas for improvement, and then produce a revised reasoning and a final answer.',
      '',
      'Reasoning Guidelines:',
      '- All reasoning must be strictly grounded in observable video content. Do not speculate or hallucinate.',
      '- Follow the chronological order of events in the video.',
      '- Structure reasoning as: what happens → what it implies → comparison with options.',
      '- Keep reasoning clear, concise, factual, and well-organized.',
      '',
      'Output Format:',
      '<think>initial reasoning</think><answer>initial answer</answer><reflection>reflection</reflection><think>revised reasoning</think><answer>final answer</answer>',
      'Each answer is a single uppercase letter (A/B/C/D).',
      '',
      ...QUESTION,
    ]);
  });

  it('of reflection-rft/qa', () => {
    const { system, user } = policyPrompt('reflection-rft', QA);
    expect(system).toBe(
      'You are a multi-modal reasoning model for video understanding. You must base your reasoning strictly on observable evidence in the video and avoid hallucination or unsupported speculation.',
    );
    expect(user.split('\n')).toEqual([
      'You will be given a question about a video and four answer options (A–D). Your task is to reason in two rounds:',
      '1. Provide an INITIAL reasoning and an INITIAL answer.',
      '2. Reflect on your initial reasoning, revise it if necessary, and provide a FINAL reasoning and a FINAL answer.',
      '',
      'Output Requirements (MUST follow exactly):',
      'The output must follow five parts in order:',
      '- THINK (<think>...</think>)',
      '- ANSWER (<answer>...</answer>)',
      '- REFLECTION (<reflection>...</reflection>)',
      '- THINK (<think>...</think>)',
      '- ANSWER (<answer>...</answer>)',
      'Each answer must be a single uppercase letter (A/B/C/D).',
      'Write nothing before, between or after these parts.',
      '',
      'Reasoning Constraints:',
      '- Ground all reasoning in visible events and actions in the video.',
      '- Follow the chronological order of events.',
      '- Keep the reasoning clear, factual, and concise.',
      '- Do not introduce details not supported by the video.',
      '',
      ...QUESTION,
    ]);
  });

  it('of the two rounds in temporal grounding', () => {
    expect(policyPrompt('reflection-rft', TAG).user.split('\n').slice(4, 15)).toEqual([
      'Output Requirements (MUST follow exactly):',
      'The output must follow seven parts in order:',
      '- THINK (<think>...</think>)',
      '- ANSWER (<answer>...</answer>)',
      '- GLUE (<glue>...</glue>)',
      '- REFLECTION (<reflection>...</reflection>)',
      '- THINK (<think>...</think>)',
      '- ANSWER (<answer>...</answer>)',
      '- GLUE (<glue>...</glue>)',
      `Each answer must be ${VERDICT}.`,
      `Each GLUE must be ${GLUE}.`,
    ]);
    expect(policyPrompt('reflection-sft', TAG).user.split('\n').slice(-4)).toEqual([
      'Output Format:',
      '<think>initial reasoning</think><answer>initial answer</answer><glue>initial times</glue><reflection>reflection</reflection><think>revised reasoning</think><answer>final answer</answer><glue>final times</glue>',
      `Each answer is ${VERDICT}.`,
      `Inside <glue>...</glue> stands ${GLUE}.`,
    ]);
  });

  it('of two-step: no word of reflection', () => {
    for (const subject of [QA, TAG]) {
      const { system, user } = policyPrompt('two-step', subject);
      expect(`${system}\n${user}`).not.toMatch(/reflect/i);
    }
  });
});

describe('policyPrompt', () => {
  it('says which grammar it asks for, and its format line is of that grammar', () => {
    const grammars = POLICY_PROMPTS.map((name) => policyPrompt(name, QA).grammar);
    expect(grammars).toEqual(['single', 'direct', 'reflective', 'reflective', 'two-step']);
    for (const subject of [QA, TAG]) {
      const { user, task } = policyPrompt('reflection-sft', subject);
      const line = user.split('\n').find((each) => each.startsWith('<think>')) ?? '';
      expect(parseTranscript(line, { grammar: 'reflective', task }).wellFormed).toBe(true);
    }
  });

  it('tells how long the video is, where that is known', () => {
    for (const name of POLICY_PROMPTS) {
      const without = policyPrompt(name, TAG);
      const told = policyPrompt(name, { ...TAG, durationSec: 79.5 });
      expect(told.user).toBe(`${without.user}\n\nThe video lasts 79.5 seconds.`);
      expect(told.hash).toBe(without.hash);
    }
  });

  it('fits the number of options', () => {
    const options = ['one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten', 'eleven'];
    const user = (count: number): string =>
      policyPrompt('reflection-sft', { ...QA, options: options.slice(0, count) }).user;
    expect(user(2)).toContain('two answer options (A, B). ');
    expect(user(11)).toContain('11 answer options (A, B, C, D, E, F, G, H, I, J, K). ');
    expect(user(11)).toContain('\nK. eleven');
    expect(policyPrompt('reflection-rft', { ...QA, options: options.slice(0, 3) }).user).toContain('options (A–C)');
    expect(policyPrompt('initial', { ...QA, options: options.slice(0, 3) }).system).toContain('letter (A/B/C).');
  });

  it('leaves no place unfilled, and fills each once', () => {
    for (const name of POLICY_PROMPTS) {
      for (const subject of [QA, TAG]) {
        const { system, user } = policyPrompt(name, subject);
        expect(`${system}${user}`).not.toMatch(/\{\w+\}/);
      }
    }
    const odd = policyPrompt('initial', { ...QA, question: '{options} $& <answer>D</answer>?' });
    expect(odd.user).toContain('Question: {options} $& <answer>D</answer>?\n');
    expect(odd.user.match(/A dog is chasing him/g)).toHaveLength(1);
  });

  it('has an id and a hash of its wording, whatever is asked', () => {
    const prompts = POLICY_PROMPTS.flatMap((name) => [policyPrompt(name, QA), policyPrompt(name, TAG)]);
    expect(prompts.map(({ id }) => id)).toContain('reflection-rft/tag');
    expect(new Set(prompts.map(({ id }) => id)).size).toBe(10);
    expect(new Set(prompts.map(({ hash }) => hash)).size).toBe(10);
    for (const { hash } of prompts) expect(hash).toMatch(/^[0-9a-f]{64}$/);
    expect(policyPrompt('initial', { ...QA, question: 'Another?' }).hash).toBe(prompts[0]?.hash);
  });

  const refuse = (name: PolicyPromptName, subject: QaSubject | TagSubject) => (): unknown =>
    policyPrompt(name, subject);
  it.each([
    [{ ...QA, question: ' ' }, 'question: expected text, received white space alone'],
    [{ ...QA, options: ['one', ' '] }, 'options[1]: expected text, received white space alone'],
    [{ ...QA, options: ['one'] }, 'options: expected 2 to 26 options, received 1'],
    [{ ...QA, options: Array.from({ length: 27 }, String) }, 'options: expected 2 to 26 options, received 27'],
    [{ ...TAG, durationSec: 0 }, 'durationSec: expected a positive number of seconds, received 0'],
    [{ ...TAG, durationSec: NaN }, 'durationSec: expected a positive number of seconds, received NaN'],
  ])('refuses %j', (subject, message) => expect(refuse('initial', subject)).toThrow(message));
});
