import { SrvauError } from '@srvau/contracts';
import { type GenerateResult, type Generation, ModelUnavailableError, type VisionLanguageModel } from '@srvau/models';
import { PatientModel } from './patient-model';

const asking = (content: string): Generation => ({ messages: [{ role: 'user', content }] });
const textOf = ({ messages }: Generation): string => String(messages[0]?.content);
const answerTo = (request: Generation): GenerateResult => ({
  completions: [{ text: `to ${textOf(request)}`, finishReason: 'stop' }],
});
const refused = (): SrvauError => new SrvauError('UNPROCESSABLE', 'no such video');
const away = (): SrvauError => new ModelUnavailableError('UNAVAILABLE', 'it restarts');

/** @param batch what the backend makes of several; without it there are no batches */
function modelOf(batch?: (requests: readonly Generation[]) => ReturnType<NonNullable<Model['generateBatch']>>): {
  model: PatientModel;
  alone: string[];
} {
  const alone: string[] = [];
  const backend: Model = {
    describe: () => ({ backend: 'native', model: 'spec', hash: null }),
    generate: (request) => {
      alone.push(textOf(request));
      return textOf(request) === 'bad' ? Promise.reject(refused()) : Promise.resolve(answerTo(request));
    },
    ...(batch === undefined ? {} : { generateBatch: batch }),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  return { model: new PatientModel(backend, { first: 5, most: 20 }), alone };
}
type Model = VisionLanguageModel;

const fulfilled = (request: Generation): PromiseSettledResult<GenerateResult> => {
  return { status: 'fulfilled', value: answerTo(request) };
};
const signal = new AbortController().signal;

async function ask(model: PatientModel, ...texts: string[]): Promise<string[]> {
  const results = await model.askBatch(texts.map(asking), signal);
  return results.map((result) =>
    result.status === 'fulfilled' ? result.value.completion.text : String((result.reason as Error).message),
  );
}

describe('PatientModel.askBatch', () => {
  it('asks a backend of batches once, and gives each its answer or its own fault', async () => {
    const { model, alone } = modelOf((requests) =>
      Promise.resolve(
        requests.map((request) =>
          textOf(request) === 'bad' ? { status: 'rejected', reason: refused() } : fulfilled(request),
        ),
      ),
    );
    expect(await ask(model, 'a', 'bad', 'c')).toEqual(['to a', 'no such video', 'to c']);
    expect(alone).toEqual([]);
  });

  it('asks one by one where there are no batches, where one fails as a whole, and for what was away', async () => {
    const none = modelOf();
    expect(await ask(none.model, 'a', 'bad')).toEqual(['to a', 'no such video']);
    const broken = modelOf(() => Promise.reject(new Error('out of memory')));
    expect(await ask(broken.model, 'a', 'bad')).toEqual(['to a', 'no such video']);
    const halfAway = modelOf((requests) =>
      Promise.resolve(
        requests.map((request, i) => (i === 0 ? { status: 'rejected', reason: away() } : fulfilled(request))),
      ),
    );
    expect(await ask(halfAway.model, 'a', 'b')).toEqual(['to a', 'to b']);
    expect(halfAway.alone).toEqual(['a']);
  });

  it('ends with its signal', async () => {
    const control = new AbortController();
    const reason = new Error('enough');
    const { model } = modelOf(() => {
      control.abort(reason);
      return Promise.reject(reason);
    });
    await expect(model.askBatch([asking('a')], control.signal)).rejects.toBe(reason);
  });
});
