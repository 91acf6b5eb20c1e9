import { asking, Endpoints, type FakeAnswer, refused } from '../../test/endpoints';
import { FAULTS } from '../../test/fake-openai';
import { ModelUnavailableError } from '../model-unavailable-error';
import type { TokenPiece } from '../vision-language-model';

let endpoints: Endpoints;
beforeEach(() => void (endpoints = new Endpoints()));
afterEach(() => endpoints[Symbol.asyncDispose]());

/** Faults that end in silence take a real time-out. */
const QUICK = '&firstTokenTimeoutMs=250&idleTimeoutMs=250';
/** Seen only where an answer is streamed, or only where it is not. */
const STREAMED = ['only-comments', 'half-event', 'error-in-stream'];
const ANSWERS = ['filtered', 'refused', 'endless'];
const PASSING = Object.keys(FAULTS).filter((fault) => ![...ANSWERS, 'no-money', 'redirect'].includes(fault));

describe('an endpoint that fails', () => {
  it.each(PASSING.filter((fault) => !STREAMED.includes(fault)).map((fault) => [fault, 'never']))(
    'is asked again: %s (stream %s)',
    recovers,
  );
  it.each(PASSING.map((fault) => [fault, 'always']))('is asked again: %s (stream %s)', recovers);

  async function recovers(fault: string, stream: string): Promise<void> {
    const fake = await endpoints.answering({ fault }, { fault }, 'A whole answer.');
    const model = await endpoints.model(fake, `?stream=${stream}${QUICK}`);
    const { completions } = await model.generate(asking('Hi'));
    expect(completions).toEqual([{ text: 'A whole answer.', finishReason: 'stop' }]);
    // On a machine that is stopped for a while, the good answer may come too late as well.
    expect(fake.load.total).toBeGreaterThanOrEqual(3);
  }

  it.each(PASSING.map((fault) => [fault]))('is given up after so many attempts: %s', async (fault) => {
    const fake = await endpoints.answering({ fault });
    const model = await endpoints.model(fake, `?stream=always&attempts=2${QUICK}`);
    const error = await refused(model.generate(asking('Hi')));
    expect(error).toBeInstanceOf(ModelUnavailableError);
    expect(error.code).toBe(
      ['silent', 'only-comments', 'stalls'].includes(fault) ? 'DEADLINE_EXCEEDED' : 'UNAVAILABLE',
    );
    expect(error.message).toMatch(
      /^model "tiny" at http:\/\/127\.0\.0\.1:\d+\/v1: expected .*, received .*\(2 attempts\)$/,
    );
    expect(error.message.length).toBeLessThan(700);
    expect(fake.load.total).toBe(2);
  });

  it('is given up where nobody listens', async () => {
    const fake = await endpoints.start();
    const model = await endpoints.model(fake);
    await fake.close();
    const error = await refused(model.generate(asking('Hi')));
    expect(error).toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringMatching(/ECONNREFUSED.*\(6 attempts\)/),
    });
    expect(endpoints.clock.slept).toEqual([250, 500, 1000, 2000, 4000]);
  });

  const refusals: [FakeAnswer, string, RegExp][] = [
    [{ status: 400, body: '{"error":{"message":"context too long"}}' }, 'INVALID_REQUEST', /400 "context too long"/],
    [{ status: 422, body: '{"detail":[{"loc":["body"],"msg":"bad"}]}' }, 'INVALID_REQUEST', /422 .*bad/],
    [{ status: 400, body: '{"message":"x"}' }, 'INVALID_REQUEST', /400 "x"/],
    [{ status: 400, body: 'y'.repeat(9000) }, 'INVALID_REQUEST', /400 "y{299}… \(9002 characters\)$/],
    [{ status: 403, body: '' }, 'FORBIDDEN', /expected leave to use it \(key: SRVAU_OPENAI_API_KEY or .*received 403/],
    [{ status: 404, body: '' }, 'NOT_FOUND', /expected the model "tiny" and \/chat\/completions, received 404/],
    [{ status: 413, body: '' }, 'PAYLOAD_TOO_LARGE', /413/],
    [{ fault: 'redirect' }, 'FORBIDDEN', /redirects are not followed, received 307/],
    [{ fault: 'no-money' }, 'UNAVAILABLE', /429 "You exceeded your quota"/],
    [
      { status: 402, body: '{"error":{"message":"Insufficient Balance"}}' },
      'UNAVAILABLE',
      /402 "Insufficient Balance"/,
    ],
  ];
  it.each(refusals)('that refuses is not asked again: %j', async (answer, code, message) => {
    const fake = await endpoints.answering(answer);
    const model = await endpoints.model(fake);
    const error = await refused(model.generate(asking('Hi')));
    expect(error).toMatchObject({ code, message: expect.stringMatching(message) });
    expect(fake.load.total).toBe(1);
    expect(endpoints.clock.slept).toEqual([]);
  });

  it('is left alone as long as it asks for, by everybody', async () => {
    const fake = await endpoints.answering({ status: 429, headers: { 'retry-after': '7' } }, 'Now.');
    const model = await endpoints.model(fake);
    await model.generate(asking('Hi'));
    // What it asked for, and half of the first pause on top; by then the gate is open again.
    expect(endpoints.clock.slept).toEqual([7250]);
  });

  it('is given up at once where it asks for too long', async () => {
    const fake = await endpoints.answering({ status: 503, headers: { 'retry-after': '3600' } });
    const model = await endpoints.model(fake);
    expect(await refused(model.generate(asking('Hi')))).toMatchObject({ code: 'UNAVAILABLE', retryAfterMs: 3_600_000 });
    expect(fake.load.total).toBe(1);
  });

  it('does not make half an answer whole: pieces that were shown are taken back first', async () => {
    const fake = await endpoints.answering({ fault: 'cut' }, 'A whole answer.');
    const model = await endpoints.model(fake);
    let shown = '';
    let restarts = 0;
    const onToken = ({ text }: TokenPiece): void => void (shown += text);
    const onRestart = (): void => {
      expect(shown).toBe('Half of');
      restarts += 1;
      shown = '';
    };
    const { completions } = await model.generate(asking('Hi'), { onToken, onRestart });
    expect([completions[0]?.text, shown, restarts]).toEqual(['A whole answer.', 'A whole answer.', 1]);
  });

  it('is not asked again where pieces were shown that nobody can take back', async () => {
    const fake = await endpoints.answering({ fault: 'cut' }, 'A whole answer.');
    const model = await endpoints.model(fake);
    const error = await refused(model.generate(asking('Hi'), { onToken: () => undefined }));
    expect(error).toMatchObject({ code: 'UNAVAILABLE' });
    expect(fake.load.total).toBe(1);
  });

  it('takes empty text for an answer', async () => {
    const fake = await endpoints.answering('');
    for (const stream of ['always', 'never']) {
      const model = await endpoints.model(fake, `?stream=${stream}`);
      expect((await model.generate(asking('Hi'))).completions).toEqual([{ text: '', finishReason: 'stop' }]);
    }
  });
});
