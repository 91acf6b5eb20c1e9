import { SrvauError } from './errors';
import { inField } from './in-field';

const thrown = (error: unknown): Promise<unknown> =>
  inField('model', () => Promise.reject(error as Error)).catch((caught: unknown) => caught);

describe('inField', () => {
  it('names the field once, also where it is named already', async () => {
    const of = (where: string): Promise<unknown> => thrown(SrvauError.mismatch('FORBIDDEN', where, 'one', 'two'));
    const details = [{ field: 'model', expected: 'one', received: 'two' }];
    expect(await of('model')).toMatchObject({ message: 'model: expected one, received two', details });
    expect(await of('/x')).toMatchObject({ message: 'model: /x: expected one, received two', details });
  });

  it('gives details to what has none', async () => {
    expect(await thrown(new SrvauError('UNAVAILABLE', 'away', { retryAfterMs: 5 }))).toMatchObject({
      ...{ code: 'UNAVAILABLE', message: 'model: away', retryAfterMs: 5 },
      details: [{ field: 'model', expected: 'one that can be used', received: 'away' }],
    });
  });

  it('passes on what is no fault of the field', async () => {
    for (const error of [new SrvauError('CANCELLED', 'stopped'), new TypeError('x')]) {
      expect(await thrown(error)).toBe(error);
    }
  });
});
