import { SrvauError } from '@srvau/contracts';
import {
  type GenerateOptions,
  type GenerateResult,
  type Generation,
  type InTurn,
  ModelUnavailableError,
  type VisionLanguageModel,
} from '@srvau/models';
import { PatientModel, type TimedAnswer } from './patient-model';

const request = { messages: [{ role: 'user' as const, content: 'What happens?' }] };
const answer: GenerateResult = { completions: [{ text: 'a man falls', finishReason: 'stop' }] };
const atOnce: InTurn = (compute) => compute();
const signal = (): AbortSignal => new AbortController().signal;
const turn = (): Promise<void> => new Promise((done) => setImmediate(done));

/** A backend that does what a spec says, and counts how many ask at once. */
class Backend implements VisionLanguageModel {
  calls = 0;
  atOnce = 0;
  most = 0;

  constructor(
    private readonly act: (call: number) => Promise<GenerateResult>,
    private readonly backend = 'openai',
  ) {}

  describe() {
    return { backend: this.backend, model: 'spec', hash: null };
  }

  async generate(_request: Generation, _options: GenerateOptions): Promise<GenerateResult> {
    this.calls += 1;
    this.atOnce += 1;
    this.most = Math.max(this.most, this.atOnce);
    try {
      return await this.act(this.calls);
    } finally {
      this.atOnce -= 1;
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }
}

const quick = { first: 5, most: 20 };
const away = (): Promise<never> => Promise.reject(new ModelUnavailableError('UNAVAILABLE', 'it restarts'));

describe('PatientModel', () => {
  it('waits for a model that is away, says so, and sends one ahead to look', async () => {
    let up = false;
    const backend = new Backend(async () => (await Promise.resolve(), up ? answer : away()));
    const model = new PatientModel(backend, quick);
    const asked = Array.from({ length: 20 }, () => model.ask(request, signal()));
    while (backend.calls < 25) await new Promise((done) => setImmediate(done));
    expect(model.waitingFor).toBe('it restarts');
    backend.most = 0;
    while (backend.calls < 30) await new Promise((done) => setImmediate(done));
    expect(backend.most).toBe(1);
    up = true;
    const answers = await Promise.all(asked);
    expect(answers.every(({ completion }) => completion.text === 'a man falls')).toBe(true);
    expect(model.waitingFor).toBeUndefined();
  });

  it('passes on at once what is final, and goes on for the others', async () => {
    const backend = new Backend((call) =>
      call === 1 ? Promise.reject(new SrvauError('FORBIDDEN', 'no')) : Promise.resolve(answer),
    );
    const model = new PatientModel(backend, quick);
    await expect(model.ask(request, signal())).rejects.toMatchObject({ code: 'FORBIDDEN' });
    expect((await model.ask(request, signal())).completion.text).toBe('a man falls');
  });

  it('leaves when it is told to, from the gate too, and lets another one look', async () => {
    let up = false;
    const backend = new Backend(() => (up ? Promise.resolve(answer) : away()));
    const model = new PatientModel(backend, quick);
    const leaving = new AbortController();
    const gone = model.ask(request, leaving.signal);
    const staying = model.ask(request, signal());
    while (backend.calls < 3) await new Promise((done) => setImmediate(done));
    leaving.abort(new Error('enough'));
    await expect(gone).rejects.toThrow('enough');
    up = true;
    expect((await staying).completion.text).toBe('a man falls');
  });

  it('asks a native model for two things at once, not more', async () => {
    const backend = new Backend(async () => {
      await new Promise((done) => setImmediate(done));
      return answer;
    }, 'native');
    const model = new PatientModel(backend, quick);
    await Promise.all(Array.from({ length: 10 }, () => model.ask(request, signal())));
    expect(backend).toMatchObject({ calls: 10, most: 2 });
  });

  it('gives a request up over which a model breaks down that answers others, or a word', async () => {
    const asked: string[] = [];
    const poison = { messages: [{ role: 'user' as const, content: 'poison' }] };
    const backend = new Backend(() => Promise.resolve(answer));
    backend.generate = (generation) => {
      const text = String(generation.messages[0]?.content);
      asked.push(text);
      return text === 'poison' ? away() : Promise.resolve(answer);
    };
    const model = new PatientModel(backend, quick);
    await expect(model.ask(poison, signal())).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect(asked).toContain('Answer with the word yes.');
    expect(model.waitingFor === undefined || model.waitingFor === 'it restarts').toBe(true);
    expect((await model.ask(request, signal())).completion.text).toBe('a man falls');
  });

  it('tells at once whoever cannot wait that the model is away, and looks again soon', async () => {
    let up = false;
    const backend = new Backend(() => (up ? Promise.resolve(answer) : away()));
    const model = new PatientModel(backend, { first: 60_000, most: 60_000 });
    await expect(model.askNow(request, { signal: signal() })).rejects.toMatchObject({ message: 'it restarts' });
    const refused = await model.askNow(request, { signal: signal() }).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: 'UNAVAILABLE', message: 'the model is away (it restarts)' });
    const { retryAfterMs = 0 } = refused as SrvauError;
    expect(retryAfterMs).toBeGreaterThan(0);
    expect(retryAfterMs).toBeLessThanOrEqual(2_000);
    expect(backend.calls).toBe(1);
    up = true;
    const again = async (): Promise<TimedAnswer> => {
      try {
        return await model.askNow(request, { signal: signal() });
      } catch {
        await new Promise((done) => setTimeout(done, 50));
        return again();
      }
    };
    expect((await again()).completion.text).toBe('a man falls');
    expect(model.waitingFor).toBeUndefined();
  });

  it('computes what somebody waits for before the next items of jobs, though its video is read later', async () => {
    const order: string[] = [];
    const ends: (() => void)[] = [];
    const backend = new Backend(() => Promise.resolve(answer), 'native');
    backend.generate = async ({ messages }, { inTurn }) => {
      // The video is read.
      await turn();
      return (inTurn ?? atOnce)(async () => {
        order.push(String(messages[0]?.content));
        await new Promise<void>((done) => ends.push(done));
        return answer;
      });
    };
    const model = new PatientModel(backend, quick);
    const named = (content: string) => ({ messages: [{ role: 'user' as const, content }] });
    const all: Promise<object>[] = ['1', '2', '3', '4'].map((name) => model.ask(named(name), signal()));
    while (order.length === 0) await turn();
    const leaving = new AbortController();
    const gone = model.askNow(named('gone'), { signal: leaving.signal });
    for (let i = 0; i < 5; i += 1) await turn();
    leaving.abort(new Error('enough'));
    await expect(gone).rejects.toThrow('enough');
    all.push(model.askNow(named('now'), { signal: signal() }));
    const ended = Promise.all(all);
    // The item ends while the video is still being read.
    ends.shift()?.();
    for (let i = 0; i < 20; i += 1) {
      await turn();
      ends.shift()?.();
    }
    await ended;
    expect(order).toEqual(['1', 'now', '2', '3', '4']);
  });

  it('counts no answer at all as being away', async () => {
    const backend = new Backend((call) => Promise.resolve(call === 1 ? { completions: [] } : answer));
    const model = new PatientModel(backend, quick);
    expect((await model.ask(request, signal())).completion.text).toBe('a man falls');
  });
});
