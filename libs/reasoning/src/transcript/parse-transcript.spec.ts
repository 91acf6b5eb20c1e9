import { MAX_FAULTS } from './faults';
import { parseTranscript } from './parse-transcript';
import type { Grammar, Task, Transcript } from './transcript';

const parse = (text: string, grammar: Grammar = 'reflective', task: Task = 'qa'): Transcript =>
  parseTranscript(text, { grammar, task });
const codes = (transcript: Transcript): string[] => transcript.faults.map(({ code }) => code);
/** What each fault points at. */
const marked = (text: string, { faults }: Transcript): string[] =>
  faults.map(({ code, start, end }) => `${code}: ${text.slice(start, end)}`);

const THINK = '<think>t</think>';
const REFLECTION = '<reflection>r</reflection>';
const answer = (text: string): string => `<answer>${text}</answer>`;
const QA = `${THINK}${answer('A')}${REFLECTION}${THINK}${answer('B')}`;
const GLUE = '<glue>[5.2, 10.4]</glue>';
const TAG = `${THINK}${answer('Normal')}<glue>[-1.0, -1.0]</glue>${REFLECTION}${THINK}${answer('Anomaly')}${GLUE}`;

describe('a well-formed transcript', () => {
  it('gives both answers, the reflection and the end of the first round', () => {
    const transcript = parse(QA);
    expect(transcript).toMatchObject({
      grammar: 'reflective',
      task: 'qa',
      wellFormed: true,
      faults: [],
      faultCount: 0,
      firstAnswer: { text: 'A', option: 'A' },
      finalAnswer: { text: 'B', option: 'B' },
      hasReflection: true,
    });
    expect(QA.slice(0, transcript.firstRoundEnd)).toBe(`${THINK}${answer('A')}`);
    expect(transcript.segments.map(({ kind, text }) => `${kind} ${text}`)).toEqual([
      'think t',
      'answer A',
      'reflection r',
      'think t',
      'answer B',
    ]);
  });

  it('gives verdicts and spans in temporal grounding', () => {
    const transcript = parse(TAG, 'reflective', 'tag');
    expect(transcript.wellFormed).toBe(true);
    expect(transcript.firstAnswer).toEqual({
      text: 'Normal',
      option: undefined,
      verdict: 'normal',
      span: { startSec: -1, endSec: -1 },
    });
    expect(transcript.finalAnswer).toMatchObject({ verdict: 'anomaly', span: { startSec: 5.2, endSec: 10.4 } });
    expect(TAG.slice(0, transcript.firstRoundEnd)).toBe(`${THINK}${answer('Normal')}<glue>[-1.0, -1.0]</glue>`);
  });

  it.each<[Grammar, Task, string]>([
    ['two-step', 'qa', `${THINK}${answer('A')}${THINK}${answer('B')}`],
    ['two-step', 'tag', `${THINK}${answer('Fire')}${GLUE}${THINK}${answer('Fire')}${GLUE}`],
    ['single', 'qa', `${THINK}${answer('A')}`],
    ['single', 'tag', `${THINK}${answer('Anomaly')}${GLUE}`],
    ['direct', 'qa', answer('A')],
    ['direct', 'tag', answer('Anomaly') + GLUE],
  ])('may be of the grammar %s in %s', (grammar, task, text) => {
    expect(parse(text, grammar, task)).toMatchObject({ wellFormed: true, faultCount: 0, hasReflection: false });
  });

  it('may have any white space between and within segments, and other angle brackets in texts', () => {
    const text = `\ufeff\n ${THINK}\r\n\t${answer(' A\n')}\u00a0${REFLECTION}${THINK}\n<answer>\nB</answer>\u2028`;
    expect(parse(text)).toMatchObject({ wellFormed: true, firstAnswer: { text: 'A' }, finalAnswer: { text: 'B' } });
    expect(parse(QA.replace('<think>t', '<think>1 < 2 <b>x</b> <<thinks> </ think>')).wellFormed).toBe(true);
  });

  it('may call the reflection <reflect>', () => {
    const text = QA.replaceAll('reflection>', 'reflect>');
    expect(parse(text)).toMatchObject({ wellFormed: true, hasReflection: true });
    expect(parse(text).segments[2]?.kind).toBe('reflection');
  });
});

describe('faults', () => {
  it.each([
    ['text before', `Sure! ${QA}`, ['stray-text: Sure!']],
    ['text after', `${QA}\nI hope so. `, ['stray-text: I hope so.']],
    ['text between', QA.replace(REFLECTION, `Wait, ${REFLECTION}`), ['stray-text: Wait,']],
    ['a zero-width space between', QA.replace(REFLECTION, `\u200b${REFLECTION}`), ['stray-text: \u200b']],
    ['a special token after', `${QA}<|im_end|>`, ['stray-text: <|im_end|>']],
    ['a closing tag too much', `${QA}</answer>`, ['unopened-tag: </answer>']],
    ['an opening tag too much', `${QA}<think>`, ['unclosed-tag: <think>']],
    ['a segment twice', QA.replace(REFLECTION, REFLECTION + REFLECTION), [`extra-segment: ${REFLECTION}`]],
    ['a third round', `${QA}${THINK}${answer('C')}`, [`extra-segment: ${THINK}`, `extra-segment: ${answer('C')}`]],
    ['a glue in a question', QA + GLUE, [`extra-segment: ${GLUE}`]],
    ['a think twice', QA.replace(THINK, THINK + '<think>u</think>'), ['extra-segment: <think>u</think>']],
    [
      'as many segments of other kinds',
      QA.replace(REFLECTION, THINK),
      ['missing-segment: ', `extra-segment: ${THINK}`],
    ],
    ['an empty answer', QA.replace('>B<', '> <'), ['empty-segment: <answer> </answer>']],
    ['a missing segment', QA.replace(REFLECTION, ''), ['missing-segment: ']],
    [
      'a swap',
      QA.replace(`${THINK}<a`, '<a').replace('</answer><r', `</answer>${THINK}<r`),
      [`wrong-order: ${answer('A')}`],
    ],
    ['an empty segment', QA.replace('>r<', '> \n<'), ['empty-segment: <reflection> \n</reflection>']],
    [
      'an invisible text',
      QA.replace('>r<', '>\u200b\u2060\u00ad<'),
      ['empty-segment: <reflection>\u200b\u2060\u00ad</reflection>'],
    ],
    ['a nested tag', QA.replace('>t<', '><think>t</think><'), ['unclosed-tag: <think>', 'unopened-tag: </think>']],
    [
      'an answer while thinking',
      QA.replace('>t<', '>x<answer>B</answer>y<'),
      ['nested-tag: <answer>', 'nested-tag: </answer>'],
    ],
    [
      'an upper-case tag',
      QA.replace('<think>t</think>', '<Think>t</Think>'),
      ['stray-text: <Think>t</Think>', 'missing-segment: '],
    ],
    [
      'a tag with space',
      QA.replace('<reflection>', '< reflection>'),
      ['stray-text: < reflection>r', 'unopened-tag: </reflection>', 'missing-segment: '],
    ],
    [
      'an alias that another tag closes',
      QA.replace('<reflection>', '<reflect>'),
      ['unclosed-tag: <reflect>', 'stray-text: r', 'unopened-tag: </reflection>', 'missing-segment: '],
    ],
  ])('%s', (_, text, expected) => {
    const transcript = parse(text);
    expect(marked(text, transcript)).toEqual(expected);
    expect(transcript).toMatchObject({ wellFormed: false, faultCount: expected.length });
  });

  it('say what was expected and what came', () => {
    const text = `${THINK}${answer('A')}${THINK}${answer('A or B')}`;
    expect(parse(text).faults).toEqual([
      {
        code: 'missing-segment',
        message: 'expected <reflection>, received <think>',
        start: text.lastIndexOf(THINK),
        end: text.lastIndexOf(THINK),
      },
      {
        code: 'unreadable-answer',
        message: 'expected the letter of one option, received "A or B"',
        start: text.lastIndexOf('<answer>'),
        end: text.length,
      },
    ]);
  });

  it('of what a segment says do not cost the format', () => {
    const qa = parse(QA.replace('>A<', '>A or B<'));
    expect(codes(qa)).toEqual(['unreadable-answer']);
    expect(qa).toMatchObject({ wellFormed: true, firstAnswer: { text: 'A or B' }, finalAnswer: { option: 'B' } });
    expect(qa.firstAnswer?.option).toBeUndefined();
    const tag = parse(TAG.replace('[5.2, 10.4]', '[1.2.3, 4]'), 'reflective', 'tag');
    expect(codes(tag)).toEqual(['unreadable-span']);
    expect(tag).toMatchObject({ wellFormed: true, finalAnswer: { verdict: 'anomaly' } });
    expect(tag.finalAnswer?.span).toBeUndefined();
  });

  it('of a completion without anything: all segments are missing', () => {
    for (const text of ['', ' \n']) {
      expect(codes(parse(text))).toEqual(Array.from({ length: 5 }, () => 'missing-segment'));
      expect(parse(text)).toMatchObject({ firstAnswer: undefined, finalAnswer: undefined, firstRoundEnd: 0 });
    }
    expect(codes(parse('', 'single', 'tag'))).toHaveLength(3);
  });

  it(`are counted on after the first ${MAX_FAULTS}`, () => {
    const { faults, faultCount } = parse('<think>'.repeat(1000));
    expect(faults).toHaveLength(MAX_FAULTS);
    expect(faultCount).toBe(1000 + 5);
  });
});

describe('answers of a malformed transcript', () => {
  const option = (text: string, grammar: Grammar = 'reflective'): (string | undefined)[] => {
    const { firstAnswer, finalAnswer } = parse(text, grammar);
    return [firstAnswer?.option, finalAnswer?.option];
  };

  it.each([
    ['text around', `Well. ${QA} So it is.`, ['A', 'B']],
    ['an unclosed think', QA.replace('</think>', ''), ['A', 'B']],
    ['an unclosed reflection', QA.replace('</reflection>', ''), ['A', 'B']],
    ['three answers: the first and the last', `${QA}${answer('C')}`, ['A', 'C']],
    ['an unclosed first answer: the next one is the first', QA.replace('</answer>', ''), ['B', undefined]],
    ['one answer of two', `${THINK}${answer('A')}`, ['A', undefined]],
    ['an answer that is only thought of', QA.replace('>t<', `>maybe ${answer('D')}<`), ['A', 'B']],
    ['an answer that the reflection quotes', QA.replace('>r<', `>not ${answer('A')} but ${answer('D')}<`), ['A', 'B']],
    ['an answer within an answer', `${THINK}<answer>${answer('A')}</answer>${THINK}${answer('B')}`, ['A', 'B']],
    ['an empty answer', QA.replace('>A<', '><'), [undefined, 'B']],
    ['no answers', THINK + REFLECTION + THINK, [undefined, undefined]],
  ])('%s', (_, text, expected) => {
    expect(option(text)).toEqual(expected);
    expect(parse(text).wellFormed).toBe(false);
  });

  it('where the grammar has one round, one answer is the first and the final one', () => {
    expect(option(`${THINK}${answer('A')}`, 'single')).toEqual(['A', 'A']);
    expect(option(answer('A'), 'direct')).toEqual(['A', 'A']);
    expect(option(QA, 'single')).toEqual(['A', 'B']);
  });
});

describe('the span of an answer', () => {
  const spans = (text: string): (number | undefined)[] => {
    const { firstAnswer, finalAnswer } = parse(text, 'reflective', 'tag');
    return [firstAnswer?.span?.startSec, finalAnswer?.span?.startSec];
  };
  const glue = (start: number): string => `<glue>[${start}, 99]</glue>`;
  const [first, last] = [answer('Anomaly'), answer('Fire')];

  it.each([
    ['stands right after it', `${THINK}${first}${glue(1)}${REFLECTION}${THINK}${last}${glue(2)}`, [1, 2]],
    ['may come before it', `${THINK}${glue(1)}${first}${REFLECTION}${THINK}${glue(2)}${last}`, [1, 2]],
    ['is not the one of another round', `${THINK}${first}${glue(1)}${REFLECTION}${THINK}${last}`, [1, undefined]],
    ['is not the one of the answer before', `${first}${glue(1)}${last}`, [1, undefined]],
    ['is the first of two', `${first}${glue(1)}${glue(2)}${REFLECTION}${last}${glue(3)}`, [1, 3]],
    ['does not stand behind a reflection', `${first}${REFLECTION}${glue(1)}${THINK}${last}`, [undefined, undefined]],
    [
      'is not in the text of a think',
      `${THINK.replace('t<', `${glue(1)}<`)}${first}${REFLECTION}${last}`,
      [undefined, undefined],
    ],
  ])('%s', (_, text, expected) => expect(spans(text)).toEqual(expected));

  it('is not read in a question', () => {
    expect(parse(answer('A') + GLUE, 'direct').firstAnswer).toMatchObject({ option: 'A', span: undefined });
  });
});

describe('hasReflection', () => {
  it.each([
    ['exactly one between the answers', QA, true],
    ['in a transcript that is wrong elsewhere', `x${QA.replace('</think>', '')}y`, true],
    [
      'between the first and the last of three answers',
      `${answer('A')}${REFLECTION}${answer('B')}${answer('C')}`,
      true,
    ],
    ['none', QA.replace(REFLECTION, ''), false],
    ['two', QA.replace(REFLECTION, REFLECTION + REFLECTION), false],
    ['one and an alias', QA.replace(REFLECTION, `${REFLECTION}<reflect>r</reflect>`), false],
    ['one and an unclosed one', `${QA}<reflection>`, false],
    ['one and an unopened one', `${QA}</reflect>`, false],
    ['one and one that is only thought of', QA.replace('>t<', `>${REFLECTION}<`), false],
    ['one with a tag in it', QA.replace('>r<', `>r ${answer('B')}<`), false],
    ['empty', QA.replace('>r<', '>  <'), false],
    ['invisible', QA.replace('>r<', '>\u200b<'), false],
    ['unclosed', QA.replace('</reflection>', ''), false],
    ['mixed with its alias', QA.replace('</reflection>', '</reflect>'), false],
    ['before the answers', `${REFLECTION}${answer('A')}${answer('B')}`, false],
    ['after the answers', `${answer('A')}${answer('B')}${REFLECTION}`, false],
    ['with one answer only', `${answer('A')}${REFLECTION}`, false],
  ])('%s', (_, text, expected) => expect(parse(text).hasReflection).toBe(expected));
});
