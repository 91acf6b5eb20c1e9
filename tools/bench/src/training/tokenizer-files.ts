import { byteTokenizer } from '@srvau/models';
import { POLICY_PROMPTS, policyPrompt } from '@srvau/reasoning';

/** Names of what stands behind bytes and words; the last four where model-shape.ts has them. */
const SPECIAL = [
  '<|endoftext|>',
  '<|im_start|>',
  '<|im_end|>',
  '<|image_pad|>',
  '<|video_pad|>',
  '<|vision_start|>',
  '<|vision_end|>',
];
const BYTES = 256;

/** A tokenizer of bytes and the words of the prompts, which makes prompts about as long as a large one does. */
export interface TokenizerFiles {
  readonly vocabSize: number;
  /** By name, beside those that do not depend on the tokenizer. */
  readonly files: Readonly<Record<string, object>>;
}

/**
 * @param meanTokens after which a policy that draws all tokens alike is to end: so many of them end a turn that one in
 *   `meanTokens` does
 */
export function tokenizerFiles(meanTokens: number): TokenizerFiles {
  const words = wordsOfPrompts();
  const firstSpecial = BYTES + words.length;
  const vocabSize = firstSpecial + SPECIAL.length;
  const idOf = (token: string): number => firstSpecial + SPECIAL.indexOf(token);
  const ends = Math.max(1, Math.round(vocabSize / meanTokens));
  return {
    vocabSize,
    files: {
      'tokenizer.json': byteTokenizer([
        ...words.map((content, i) => ({ id: BYTES + i, content, special: false })),
        ...SPECIAL.map((content) => ({ id: idOf(content), content, special: true })),
      ]),
      'tokenizer_config.json': {
        tokenizer_class: 'PreTrainedTokenizerFast',
        ...{ eos_token: '<|im_end|>', pad_token: '<|endoftext|>' },
      },
      'generation_config.json': {
        eos_token_id: [idOf('<|im_end|>'), ...Array.from({ length: ends - 1 }, (_, i) => BYTES + i)],
      },
    },
  };
}

function wordsOfPrompts(): string[] {
  const subjects = [{ task: 'qa', question: 'a', options: ['a', 'b'] } as const, { task: 'tag' } as const];
  const prompts = POLICY_PROMPTS.flatMap((name) => subjects.map((subject) => policyPrompt(name, subject)));
  const words = prompts.flatMap(({ system, user }) => `${system} ${user}`.match(/ [A-Za-z]{3,}/g) ?? []);
  return [...new Set(words)].sort();
}
