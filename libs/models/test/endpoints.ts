import { inspect } from 'node:util';
import { SrvauError } from '@srvau/contracts';
import { OpenaiModel, type OpenaiModelOptions } from '../src/openai/openai-model';
import { startFakeOpenai } from './fake-openai';
import { VirtualClock } from './virtual-clock';

export type Fake = Awaited<ReturnType<typeof startFakeOpenai>>;
export type FakeOptions = NonNullable<Parameters<typeof startFakeOpenai>[0]>;
export type FakeAnswer = ReturnType<NonNullable<FakeOptions['reply']>>;

/** Fake endpoints and models of a spec; pauses between attempts take no time. */
export class Endpoints {
  readonly #open: AsyncDisposable[] = [];
  readonly clock = new VirtualClock(true);

  async start(options: FakeOptions = {}): Promise<Fake> {
    const fake = await startFakeOpenai(options);
    this.#open.push(fake);
    return fake;
  }

  /** @param answers in this order; the last one again and again */
  async answering(...answers: FakeAnswer[]): Promise<Fake> {
    return this.start({ reply: (_, number) => answers[Math.min(number, answers.length - 1)] ?? '' });
  }

  async model(fake: { url: string }, query = '', options: OpenaiModelOptions = {}): Promise<OpenaiModel> {
    const model = await OpenaiModel.open(`${fake.url}#tiny${query}`, {
      env: {},
      clock: this.clock,
      random: () => 0.5,
      ...options,
    });
    this.#open.push(model);
    return model;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const each of this.#open.splice(0).reverse()) await each[Symbol.asyncDispose]();
  }
}

export const asking = (text: string) => ({ messages: [{ role: 'user' as const, content: text }] });

/** What a promise is refused with. */
export async function refused(work: Promise<unknown>): Promise<SrvauError> {
  try {
    await work;
  } catch (error) {
    if (error instanceof SrvauError) return error;
    throw error;
  }
  throw new Error('expected a refusal');
}

/** Everything that could be written of an error, causes and hidden fields included. */
export const everythingOf = (error: unknown): string =>
  inspect(error, { depth: 20, showHidden: true, maxStringLength: null }) + JSON.stringify(error);
