import { OPTION_LETTERS } from '@srvau/contracts';
import { checkBlind } from '../check/check-dataset';
import { scriptOf } from '../make/render-batch';
import { planDataset } from '../plan/plan-dataset';
import { SPLIT_NAMES, type SynthSettings } from '../plan/settings';
import { KINDS } from '../script/kinds';
import type { SceneScript } from '../script/scene-script';
import { type AnnotationRow, Annotator, toCsv, toJsonl } from './rows';

const SETTINGS: SynthSettings = {
  seed: 11,
  clips: 640,
  width: 112,
  height: 112,
  fps: 8,
  minSec: 8,
  maxSec: 16,
  scenes: ['street', 'corridor', 'car-park', 'shop'],
  oodScenes: ['plaza'],
  splits: { train: 50, val: 10, test: 30, 'test-ood-scene': 10, 'test-ood-footage': 0 },
  questions: 2,
  footage: [],
};

const annotated = SPLIT_NAMES.flatMap((split) => {
  const annotator = new Annotator(SETTINGS.seed, split, SETTINGS.questions);
  return planDataset(SETTINGS)
    .filter((clip) => clip.split === split)
    .map((clip) => {
      const script = scriptOf(clip.order);
      return { split, script, rows: annotator.annotate(clip, script) };
    });
});
const all = annotated.flatMap(({ split, script, rows }) => rows.map((row) => ({ split, script, row })));
const typeOf = ({ id }: AnnotationRow): string => id.slice(id.lastIndexOf('.') + 1);
const answerText = (row: AnnotationRow): string => row.options[OPTION_LETTERS.indexOf(row.answer)] ?? '';

describe('annotations', () => {
  it('tell what happens when: each beat, those of an anomaly marked', () => {
    for (const { script, row } of all) {
      expect(row.events.map(({ who, what }) => ({ who, what }))).toEqual(
        script.beats.map(({ who, what }) => ({ who, what })),
      );
      expect(
        row.events.every(({ who, what }) => /^(the|a|both|all|several|three|coloured) ?/.test(who) && what !== ''),
      ).toBe(true);
      expect(row.events.some(({ anomalous }) => anomalous)).toBe(!script.normal);
      expect(row.description).toContain(row.events.at(-1)?.what);
      expect(JSON.stringify(row.events)).not.toMatch(/[{]\w+[}]/);
    }
  });

  it('are what the script says', () => {
    const expected: Record<string, (script: SceneScript, text: string) => boolean> = {
      what: ({ kind }, text) => (KINDS[kind].phrases as readonly string[]).includes(text),
      who: ({ people, vehicles }, text) =>
        [...people.map(({ role, look }) => ({ role, color: look.top })), ...vehicles]
          .filter(({ role }) => role === 'main')
          .every(({ color }) => text.includes(color)),
      where: ({ place }, text) =>
        text.includes(place.endsWith('left') ? 'left' : 'right') &&
        text.includes(place.startsWith('near') ? 'near' : 'farther'),
      when: ({ event }, text) => {
        const [from = NaN, to = NaN] = (text.match(/[\d.]+/g) ?? []).map(Number);
        return event.startSec >= from && event.startSec < to;
      },
      outcome: ({ ending }, text) =>
        text.includes(
          { left: 'left', right: 'right', near: 'Towards', far: 'Away', stays: 'Nowhere' }[ending ?? 'stays'],
        ),
      first: ({ palette }, text) => palette.some((color) => text === `The person in ${color}`),
    };
    for (const { script, row } of all)
      expect([row.id, expected[typeOf(row)]?.(script, answerText(row))]).toEqual([row.id, true]);
    expect(new Set(all.map(({ row }) => typeOf(row)))).toEqual(new Set(Object.keys(expected)));
  });

  it('have four different options, a span for each anomaly and none for the rest', () => {
    for (const { script, row } of all) {
      expect(new Set(row.options).size).toBe(4);
      expect(row.spanSec === null).toBe(script.normal);
      const [start, end] = row.spanSec ?? [0, 1];
      expect(end).toBeGreaterThan(start);
      expect(end).toBeLessThanOrEqual(script.video.durationSec);
      expect(`${row.description}${row.reasoning}`).not.toMatch(/[{}]|undefined|NaN/);
    }
    expect(new Set(all.map(({ row }) => row.id)).size).toBe(all.length);
  });

  it('put the right answer at every letter equally often', () => {
    for (const type of ['what', 'who', 'where', 'when', 'outcome']) {
      const letters = OPTION_LETTERS.map(
        (letter) => all.filter(({ row }) => typeOf(row) === type && row.answer === letter).length,
      );
      expect(Math.max(...letters) - Math.min(...letters)).toBeLessThanOrEqual(4);
    }
  });

  it('tell a reader who sees no video nothing', () => {
    expect(all.length).toBeGreaterThan(1000);
    const { logit, frequency } = checkBlind(all);
    for (const { right, total } of [logit, frequency]) expect(Math.abs(right / total - 0.25)).toBeLessThan(0.03);
  });

  it('would be found out if they did', () => {
    const betray = (row: AnnotationRow): AnnotationRow => {
      const [a, b, c, d] = row.options.map((text, i) => (OPTION_LETTERS[i] === row.answer ? `${text}, clearly` : text));
      return { ...row, options: [a ?? '', b ?? '', c ?? '', d ?? ''] };
    };
    const { logit } = checkBlind(all.slice(-900).map(({ split, row }) => ({ split, row: betray(row) })));
    expect(logit.right / logit.total).toBeGreaterThan(0.95);
  });

  it('are written as CSV and JSON lines', () => {
    const rows = all.slice(0, 3).map(({ row }) => ({ ...row, question: 'Say "what", please' }));
    expect(toCsv(rows).split('\n')[0]).toBe(
      'Video Name,Question,Option 1,Option 2,Option 3,Option 4,Correct Option,Key Object,Description,Reasoning,Anomaly Class,Start Time,End Time',
    );
    expect(toCsv(rows)).toContain('"Say ""what"", please"');
    const lines = toJsonl(rows).trimEnd().split('\n');
    expect(lines).toHaveLength(3);
    expect(lines.map((line) => (JSON.parse(line) as AnnotationRow).id)).toEqual(rows.map(({ id }) => id));
  });
});
