import { inputs, qaRecord, reject, tagRecord } from '@srvau/reflection-data/test/records';
import { StatisticsBuilder } from '@srvau/reflection-data';
import type { ReflectCard } from '@srvau/contracts';
import { createColors } from 'picocolors';
import { recordText, reflectText } from './reflect';
import { wrap } from './text';

const plain = { colors: createColors(false), columns: 80 };

const card = ((): ReflectCard => {
  const statistics = new StatisticsBuilder();
  statistics.add(qaRecord(0));
  statistics.add(tagRecord(3, { anomalyClass: 'Fire\u001b[2J' }));
  statistics.addReject(reject());
  const base = { format: 'srvau-reflect' as const, schemaVersion: 1, writtenBy: '@srvau/dataset@1' };
  return { ...base, inputs, stoppedBy: 'max-records', statistics: statistics.finish() };
})();

describe('reflectText', () => {
  const text = reflectText('/data/r', card, [qaRecord(0)], plain);

  it('shows where records come from, splits by task, transitions, words, rejects and costs', () => {
    expect(text).toMatch(/dataset +file:\/\/\/data\/parent\n/);
    expect(text).toMatch(/stopped by +max-records\n/);
    expect(text).toMatch(/split train +2 +1 +1 +2\n/);
    expect(text).toMatch(/QA +1 +0 +0\.0 % +0\n +grounding +0 +1 +100\.0 % +0\n/);
    expect(text).toContain('mean IoU over 1 anomaly: 0.333 → 1.000');
    expect(text).toMatch(/rejected: 1\n +1 +wrong-answer/);
    expect(text).toContain('blows\u00a01, door\u00a01');
    expect(text).toMatch(/teacher +200 +40 +\$0\.0040\n/);
    expect(text).toMatch(/base model +200 +40 +no price\n/);
  });

  it('lets no text of a file drive the terminal', () => {
    expect(text).toContain('Fire\\x1b[2J');
    expect(text).not.toContain('\u001b');
  });

  it('is whole for a dataset of nothing', () => {
    const empty = { ...card, statistics: new StatisticsBuilder().finish() };
    expect(reflectText('/r', empty, [], plain)).not.toMatch(/NaN|undefined|Infinity/);
  });
});

describe('recordText', () => {
  it('shows the question, what is right, and each round', () => {
    expect(recordText(qaRecord(0), plain).split('\n').slice(1)).toEqual([
      '    What happens?',
      '    A. a hug',
      '    B. a dance',
      '    C. a fight',
      '    D. nothing',
      '    think         Two men stand.',
      '    answer        B',
      '    reflection    The blows at the door were overlooked.',
      '    think again   One man hits the other twice.',
      '    final answer  C',
    ]);
  });

  it('shows times below the answers that they belong to', () => {
    const lines = recordText(tagRecord(), plain).split('\n');
    expect(lines[1]).toBe('    truth 4–8 s');
    expect(lines.slice(3, 5)).toEqual(['    answer        Anomaly', '                  [2.0, 6.0]']);
    expect(lines.at(-1)).toBe('                  [4.0, 8.0]');
  });

  it('colours the rounds apart', () => {
    const colored = recordText(qaRecord(), { colors: createColors(true), columns: 80 });
    expect(colored).toContain('\u001b[33mTwo men stand.\u001b[39m');
    expect(colored).toContain('\u001b[35mThe blows');
    expect(colored).toContain('\u001b[32mOne man');
  });
});

describe('wrap', () => {
  it.each([
    ['one two three', 7, ['one two', 'three']],
    ['', 5, ['']],
    ['abcdefgh ij', 3, ['abc', 'def', 'gh', 'ij']],
    ['🙂🙂🙂 x', 3, ['🙂🙂🙂', 'x']],
  ])('breaks %j at %i', (text, width, lines) => expect(wrap(text, width)).toEqual(lines));
});
