import { SrvauError } from '@srvau/contracts';
import { type GenerateResult, type Generation, ModelUnavailableError, type VisionLanguageModel } from '@srvau/models';
import { PatientModel } from './patient-model';

const request = { messages: [{ role: 'user' as const, content: 'What happens?' }] };
const answer: GenerateResult = { completions: [{ text: 'a man falls', finishReason: 'stop' }] };
const signal = (): AbortSignal => new AbortController().signal;

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

  async generate(_request: Generation): Promise<GenerateResult> {
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

  it('counts no answer at all as being away', async () => {
    const backend = new Backend((call) => Promise.resolve(call === 1 ? { completions: [] } : answer));
    const model = new PatientModel(backend, quick);
    expect((await model.ask(request, signal())).completion.text).toBe('a man falls');
  });
});
