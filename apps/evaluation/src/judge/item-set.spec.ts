import { describe as shown, type SrvauError, type VauEvalItem } from '@srvau/contracts';
import { ItemSet } from './item-set';

const item = (id: string, more: object = {}): VauEvalItem => ({
  id,
  candidate: 'A man runs.',
  reference: { description: 'A man runs away.' },
  ...more,
});

const setOf = (items: readonly VauEvalItem[]): ReturnType<ItemSet['finish']> => {
  const set = new ItemSet();
  for (const [i, each] of items.entries()) set.add(each, `line ${i + 1}`, 'UNPROCESSABLE');
  return set.finish();
};

const refusalOf = (items: readonly VauEvalItem[]): SrvauError => {
  try {
    setOf(items);
  } catch (error) {
    return error as SrvauError;
  }
  throw new Error(`expected a refusal of ${shown(items)}`);
};

describe('ItemSet', () => {
  it('leaves out what is null, and hashes what is asked, in its order', () => {
    const nulls = { description: 'A man runs away.', reasoning: null, question: null } as never;
    expect(setOf([item('a', { reference: nulls })])).toEqual(setOf([item('a')]));
    const hashes = [
      setOf([item('a'), item('b')]),
      setOf([item('b'), item('a')]),
      setOf([item('a')]),
      setOf([item('a', { candidate: '' })]),
      setOf([item('a', { reference: { description: 'A man runs away.', question: 'Who?' } })]),
    ].map(({ sha256 }) => sha256);
    expect(new Set(hashes).size).toBe(hashes.length);
  });

  it.each([
    [[item('a'), item('a')], 'line 2: id: expected an id of its own, received "a" again'],
    [[item('a', { reference: {} })], 'line 1: reference: expected a description, reasoning, anomalyClass or keyObject'],
    [[item('a', { reference: { question: 'Who?', keyObject: '\n' } })], 'line 1: reference: expected'],
  ])('refuses %#', (items, message) => {
    expect(refusalOf(items)).toMatchObject({ code: 'UNPROCESSABLE', message: expect.stringContaining(message) });
  });

  it('refuses more than can be held in memory', () => {
    const many = Array.from({ length: 100_001 }, (_, i) => item(String(i)));
    expect(refusalOf(many)).toMatchObject({ code: 'PAYLOAD_TOO_LARGE', details: [{ field: 'line 100001' }] });
  });
});
