import { SCENE_TYPES, SPLIT_NAMES } from '@srvau/synthetic';
import { DRAWN_SCENES, pictureSize, sceneList, secondsRange, SPLITS, splitShares } from './arguments';

describe('arguments of srvau synth', () => {
  it('repeat the lists of the library', () => {
    expect(DRAWN_SCENES).toEqual(SCENE_TYPES);
    expect(SPLITS).toEqual(SPLIT_NAMES);
  });

  it.each([
    ['112', { width: 112, height: 112 }],
    ['160x120', { width: 160, height: 120 }],
    ['57', { width: 58, height: 58 }],
    ['61x56', { width: 62, height: 56 }],
  ])('read the size %s', (text, size) => expect(pictureSize(text)).toEqual(size));

  it.each([
    ['12', { minSec: 12, maxSec: 12 }],
    ['8-16', { minSec: 8, maxSec: 16 }],
    ['8.5-9', { minSec: 8.5, maxSec: 9 }],
  ])('read the length %s', (text, range) => expect(secondsRange(text)).toEqual(range));

  it('read lists and shares', () => {
    expect(sceneList('shop, street')).toEqual(['street', 'shop']);
    expect(sceneList('none')).toEqual([]);
    expect(splitShares('train=3,test-ood-scene=1')).toEqual({
      train: 3,
      val: 0,
      test: 0,
      'test-ood-scene': 1,
      'test-ood-footage': 0,
    });
  });

  it.each<[(text: string) => unknown, string]>([
    [pictureSize, '55'],
    [pictureSize, '112x'],
    [pictureSize, '-3'],
    [pictureSize, '5000'],
    [secondsRange, '7'],
    [secondsRange, '16-8'],
    [secondsRange, '8-31'],
    [secondsRange, ''],
    [sceneList, 'beach'],
    [sceneList, ''],
    [splitShares, 'train'],
    [splitShares, 'train=-1'],
    [splitShares, 'dev=1'],
  ])('%p refuses %p', (read, text) => expect(() => read(text)).toThrow('Expected'));
});
