import { qaRecord, reject, tagRecord } from '../../test/records';
import { countWords, Lengths } from './lengths';
import { StatisticsBuilder } from './statistics';
import { WordCounts } from './word-counts';

describe('StatisticsBuilder', () => {
  const statistics = (() => {
    const builder = new StatisticsBuilder();
    // Splits go by number: 0 and 3 train, 1 val, 2 test.
    builder.add(qaRecord(0));
    builder.add(tagRecord(0));
    builder.add(qaRecord(1, { source: 'msad', anomalyClass: null }));
    const retried = { ...qaRecord().provenance.teacher, attempts: 3, retriedFor: ['wrong-answer', 'too-short'] };
    builder.add(qaRecord(2, { provenance: { initial: null, teacher: retried as never } }));
    builder.add(qaRecord(3, { transcript: qaRecord().transcript.replace('>B<', '>B or C<') }));
    builder.add(
      tagRecord(4, { truth: { normal: true }, transcript: tagRecord().transcript.replaceAll('Anomaly', 'Normal') }),
    );
    builder.addReject(reject(5));
    builder.addReject(reject(6, { stage: 'teacher', reason: 'no-reply' }));
    return builder.finish();
  })();

  it('counts splits by task, as Fig. 4a does', () => {
    expect(statistics.all).toEqual({ records: 6, qa: 4, tag: 2, videos: 5 });
    expect(statistics.bySplit).toEqual({
      train: { records: 3, qa: 2, tag: 1, videos: 2 },
      val: { records: 2, qa: 1, tag: 1, videos: 2 },
      test: { records: 1, qa: 1, tag: 0, videos: 1 },
    });
    expect(statistics.bySource).toMatchObject({ msad: { records: 1 }, ucf: { records: 5 } });
    expect(Object.keys(statistics.byClass)).toEqual(['(none)', 'Fighting']);
  });

  it('counts transitions, options, attempts and what was sent back or rejected', () => {
    expect(statistics.transitions).toEqual({
      qa: { wrongToCorrect: 4, correctToCorrect: 0, unreadable: 1 },
      tag: { wrongToCorrect: 0, correctToCorrect: 2, unreadable: 0 },
    });
    expect(statistics.byPath).toEqual({ correct: 4, refine: 2 });
    expect(statistics.correctOptions).toEqual({ C: 4 });
    expect(statistics.attempts).toEqual({ 1: 5, 3: 1 });
    expect(statistics.retriedFor).toEqual({ 'too-short': 1, 'wrong-answer': 1 });
    expect(statistics.rejects).toEqual({
      total: 2,
      byStage: { revision: 1, teacher: 1 },
      byReason: { 'no-reply': 1, 'wrong-answer': 1 },
    });
  });

  it('sums tokens and costs, and does not take what has no price for free', () => {
    expect(statistics.usage).toEqual({
      initial: { promptTokens: 500, completionTokens: 100, costUsd: null },
      teacher: { promptTokens: 600, completionTokens: 120, costUsd: 0.012 },
      rejects: { promptTokens: 600, completionTokens: 120, costUsd: 0.012 },
    });
  });

  it('says how much better the times became', () => {
    expect(statistics.meanIou).toEqual({ records: 1, initial: 0.333333, revised: 1 });
  });

  it('counts words of the reflections of the train split alone, as Fig. 4b does', () => {
    expect(statistics.words.slice(0, 4)).toEqual([
      { word: 'blows', count: 2 },
      { word: 'door', count: 2 },
      { word: 'overlooked', count: 2 },
      { word: 'begin', count: 1 },
    ]);
    expect(statistics.distinctWords).toBe(6);
  });

  it('keeps names that objects know apart', () => {
    const builder = new StatisticsBuilder();
    builder.add(qaRecord(1, { anomalyClass: '__proto__' }));
    builder.add(qaRecord(2, { anomalyClass: 'constructor' }));
    const { byClass } = JSON.parse(JSON.stringify(builder.finish())) as { byClass: Record<string, unknown> };
    expect(Object.entries(byClass).map(([name]) => name)).toEqual(['__proto__', 'constructor']);
  });
});

describe('WordCounts', () => {
  it('knows words of any script, with marks and hyphens, whatever their case', () => {
    const words = new WordCounts();
    words.add("The BLOWS, the blows… weren't wrong-way: 3 čas's Ünfall l'homme a 打斗 x");
    expect(words.top()).toEqual(
      [...['blows', "l'homme", 'wrong-way', 'ünfall', "čas's", '打斗']].map((word) => ({
        word,
        count: word === 'blows' ? 2 : 1,
      })),
    );
  });

  it('leaves out what is too long for a word, and keeps the first 200', () => {
    const words = new WordCounts();
    words.add('a'.repeat(1_000_000));
    words.add(
      Array.from({ length: 300 }, (_, i) => `w${String.fromCharCode(97 + (i % 26), 97 + Math.floor(i / 26))}`).join(
        ' ',
      ),
    );
    expect(words.distinct).toBe(300);
    expect(words.top()).toHaveLength(200);
  });
});

describe('Lengths', () => {
  it('has no mean of nothing', () => {
    expect(new Lengths().finish()).toMatchObject({ count: 0, total: 0, min: null, mean: null, max: null });
  });

  it('bins from each edge on', () => {
    const lengths = new Lengths();
    for (const length of [0, 9, 10, 800, 5000]) lengths.add(length);
    expect(lengths.finish()).toMatchObject({ count: 5, total: 5819, min: 0, mean: 1163.8, max: 5000 });
    expect(lengths.finish().histogram.map(({ count }) => count)).toEqual([2, 1, 0, 0, 0, 0, 0, 2]);
    expect(countWords('  two\n words ')).toBe(2);
  });
});
