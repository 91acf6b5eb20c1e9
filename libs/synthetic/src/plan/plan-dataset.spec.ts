import { SrvauError } from '@srvau/contracts';
import { REPERTOIRE } from '../choreography/repertoire';
import { OPTION_SETS } from '../script/option-sets';
import { PALETTES, planDataset } from './plan-dataset';
import { checkSettings, type SynthSettings } from './settings';

export const SETTINGS: SynthSettings = {
  seed: 3,
  clips: 960,
  width: 56,
  height: 56,
  fps: 8,
  minSec: 8,
  maxSec: 12,
  scenes: ['street', 'corridor', 'car-park', 'shop'],
  oodScenes: ['plaza'],
  splits: { train: 60, val: 10, test: 20, 'test-ood-scene': 10, 'test-ood-footage': 0 },
  questions: 2,
  footage: [],
};

const countBy = <T>(items: readonly T[], key: (item: T) => string): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const item of items) counts[key(item)] = (counts[key(item)] ?? 0) + 1;
  return counts;
};

describe('planDataset', () => {
  const plan = planDataset(SETTINGS);

  it('gives each split its share and each clip its own name', () => {
    expect(countBy(plan, ({ split }) => split)).toEqual({ train: 576, val: 96, test: 192, 'test-ood-scene': 96 });
    expect(new Set(plan.map(({ order }) => order.id)).size).toBe(960);
    expect(planDataset({ ...SETTINGS, clips: 7 })).toHaveLength(7);
  });

  it('is the same for equal settings and another for another seed', () => {
    expect(planDataset(SETTINGS)).toEqual(plan);
    expect(planDataset({ ...SETTINGS, seed: 4 })).not.toEqual(plan);
  });

  it('keeps a scene type out of all but its own split', () => {
    for (const { split, order } of plan) {
      expect(order.scene === 'plaza').toBe(split === 'test-ood-scene');
    }
  });

  it('makes every option of every set right equally often', () => {
    const train = plan.filter(({ split }) => split === 'train');
    for (const [index, set] of OPTION_SETS.entries()) {
      const kinds = countBy(
        train.filter(({ optionSet }) => optionSet === index),
        ({ order }) => order.kind,
      );
      expect(Object.keys(kinds).sort()).toEqual([...set.kinds].sort());
      expect(new Set(Object.values(kinds)).size).toBe(1);
    }
  });

  it('deals places, onsets, colours and endings evenly', () => {
    const train = plan.filter(({ split }) => split === 'train');
    expect(Object.values(countBy(train, ({ order }) => order.place))).toEqual([144, 144, 144, 144]);
    for (const palette of PALETTES) {
      const colors = countBy(
        train.filter(({ order }) => order.palette === palette),
        ({ order }) => order.mainColor,
      );
      const counts = Object.values(colors);
      expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
    }
    for (const { order } of train) {
      const { endings } = REPERTOIRE[order.kind];
      expect(order.ending === null).toBe(endings === null);
      if (order.ending !== null) expect(endings).toContain(order.ending);
    }
  });
});

describe('checkSettings', () => {
  it.each<[Partial<SynthSettings>, string]>([
    [{ clips: 0 }, 'clips: expected a whole number from 1 to 10000000, received 0'],
    [{ width: 55 }, 'width: expected a whole number from 56 to 4096, received 55'],
    [{ height: 57 }, 'height: expected an even number, received 57'],
    [{ fps: NaN }, 'fps: expected a number from 1 to 60, received NaN'],
    [{ minSec: 4 }, 'minSec: expected from 8 to 30 seconds, received 4'],
    [{ maxSec: 7 }, 'maxSec: expected from minSec to 30 seconds, received 7'],
    [{ oodScenes: ['shop'] }, 'oodScenes: expected none that is among scenes'],
    [
      { splits: { ...SETTINGS.splits, 'test-ood-footage': 1 } },
      'splits.test-ood-footage: expected 0 without footage, received 1',
    ],
    [{ splits: { ...SETTINGS.splits, train: -1 } }, 'splits.train: expected a number from 0 on, received -1'],
  ])('refuses %j', (change, message) => {
    const check = (): unknown => checkSettings({ ...SETTINGS, ...change });
    expect(check).toThrow(SrvauError);
    expect(check).toThrow(message);
  });
});
