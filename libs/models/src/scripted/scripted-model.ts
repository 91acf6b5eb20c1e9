import { createHash } from 'node:crypto';
import { describe, SrvauError } from '@srvau/contracts';
import { renderTranscript } from '@srvau/reasoning';
import { IsNumber, Max, Min } from 'class-validator';
import type { AnnotationContext } from '../annotation-context';
import { LinkedSignal } from '../linked-signal';
import { DEFAULT_MAX_NEW_TOKENS } from '../sampling';
import { StopText } from '../stop-text';
import { type ParameterKinds, parseUriParameters } from '../uri-parameters';
import type {
  Completion,
  GenerateOptions,
  GenerateResult,
  Generation,
  ModelIdentity,
  VisionLanguageModel,
} from '../vision-language-model';
import { spoil } from './faulty-reply';
import { writeInitialRound } from './initial-round';
import { observe } from './observations';
import { writeReflection } from './reflection';
import { revisedAnswer, writeRevisedRound } from './revised-round';
import { SeededRandom } from './seeded-random';

/** Raise it when the same request would give another text. */
const SCRIPT_VERSION = 2;

export const SCRIPTED_FORM = 'scripted:[NAME][?accuracy=0.6&faults=0]';

export class ScriptedSettings {
  /** Share of right first answers. */
  @IsNumber()
  @Min(0)
  @Max(1)
  accuracy = 0.6;

  /** Share of a teacher's replies that cannot be used, for tests. */
  @IsNumber()
  @Min(0)
  @Max(1)
  faults = 0;
}

const PARAMETERS: ParameterKinds<ScriptedSettings> = { accuracy: 'number', faults: 'number' };

/**
 * No model: a stand-in that looks at no picture and writes what it says from annotations, for work without a network and
 * for tests. Goes by the backend name `scripted` in all records.
 *
 * As the base model (a context without `initial`) it answers right in a share of cases; as the teacher it reflects on the
 * initial round and gives the right answer. The text follows from the request's words, the context, the seed and the
 * index of the completion alone. Words count as tokens.
 */
export class ScriptedModel implements VisionLanguageModel {
  readonly #closing = new AbortController();

  private constructor(
    private readonly name: string,
    private readonly settings: ScriptedSettings,
  ) {}

  /** @param rest of the URI, behind `scripted:` */
  static open(rest: string): ScriptedModel {
    const [, name = '', query = ''] = /^([\w.-]*)(?:\?(.*))?$/s.exec(rest) ?? [];
    if (name === '' && rest !== '' && !rest.startsWith('?')) {
      throw SrvauError.mismatch('INVALID_REQUEST', 'model', SCRIPTED_FORM, describe(`scripted:${rest}`));
    }
    return new ScriptedModel(name, parseUriParameters(ScriptedSettings, PARAMETERS, query, 'model'));
  }

  describe(): ModelIdentity {
    const { accuracy, faults } = this.settings;
    const digest = createHash('sha256').update(JSON.stringify([SCRIPT_VERSION, accuracy, faults]));
    return { backend: 'scripted', model: this.name || 'scripted', hash: `sha256:${digest.digest('hex')}` };
  }

  /** @throws SrvauError INVALID_REQUEST without a context */
  async generate(request: Generation, { signal, onToken }: GenerateOptions = {}): Promise<GenerateResult> {
    using linked = new LinkedSignal([signal, this.#closing.signal]);
    linked.signal.throwIfAborted();
    const { context, n = 1, sampling = {} } = request;
    if (context === undefined) {
      const expected = 'what annotators know of the video, as the scripted model sees no pictures';
      throw SrvauError.mismatch('INVALID_REQUEST', 'context', expected, 'nothing');
    }
    const words = wordsOfMessages(request.messages);
    const completions = Array.from({ length: n }, (_, index) => {
      const random = new SeededRandom(JSON.stringify([SCRIPT_VERSION, sampling.seed ?? 0, index, words, context]));
      return cut(this.#write(context, random), sampling.stop ?? [], sampling.maxNewTokens ?? DEFAULT_MAX_NEW_TOKENS);
    });
    for (const [index, { text }] of completions.entries()) {
      for (const piece of text.match(WORD) ?? []) onToken?.({ index, text: piece });
    }
    const completionTokens = completions.reduce((sum, { text }) => sum + countWords(text), 0);
    return Promise.resolve({ completions, usage: { promptTokens: countWords(words), completionTokens } });
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort(new SrvauError('CANCELLED', 'the scripted model has been disposed'));
    return Promise.resolve();
  }

  #write(context: AnnotationContext, random: SeededRandom): string {
    const { task, initial } = context;
    const seen = observe(context);
    if (initial === undefined) return writeInitialRound(context, seen, this.settings.accuracy, random);
    const { answer } = initial;
    const right =
      task.task === 'qa'
        ? answer?.option === task.correctOption
        : answer?.verdict === (task.span === undefined ? 'normal' : 'anomaly');
    const reflection = writeReflection(task, initial, seen, !right, random);
    const revision = { think: writeRevisedRound(task, seen, random), answer: revisedAnswer(task) };
    const round = renderTranscript({ grammar: 'single', round: revision }, task.task);
    const reply = `<reflection>${reflection}</reflection>${round}`;
    return random.chance(this.settings.faults) ? spoil(reply, context, random) : reply;
  }
}

/** A word with the white space before it, or white space at the end. */
const WORD = /\s*\S+|\s+$/g;

function cut(written: string, stop: readonly string[], maxWords: number): Completion {
  const filter = new StopText(stop);
  const shown = filter.push(written) + filter.end();
  const words = shown.match(WORD) ?? [];
  if (words.length <= maxWords) return { text: shown, finishReason: 'stop' };
  return { text: words.slice(0, maxWords).join(''), finishReason: 'length' };
}

function countWords(text: string): number {
  return text.match(/\S+/g)?.length ?? 0;
}

/** Texts alone: where a video lies says nothing about it, and differs from machine to machine. */
function wordsOfMessages(messages: Generation['messages']): string {
  return messages
    .flatMap(({ content }) => {
      if (typeof content === 'string') return [content];
      return content.flatMap((part) => (part.type === 'text' ? [part.text] : []));
    })
    .join('\n');
}
