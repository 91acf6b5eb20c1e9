import type { ChatPrompt } from '@srvau/models';
import type { TrainingData } from '../data/training-data';
import type { TrainingItem } from '../data/training-item';
import type { Target } from './target';

/** A record with what is to be learned of it. */
export interface Lesson {
  readonly item: TrainingItem;
  readonly target: Target;
}

/** What is computed at a time: lessons with their prompts, in the order of the list they are from. */
export interface Pass {
  readonly lessons: readonly (Lesson & { readonly prompt: ChatPrompt })[];
  /** Ids of the records before and among these whose prompt and transcript together are longer than the model can read. */
  readonly tooLong: readonly string[];
  /** Lets go of the clips; harmless when repeated. */
  release(): void;
}

export interface PassReaderOptions {
  readonly data: Pick<TrainingData, 'prepare'>;
  /** Tokens of one pass, at most, but for a lesson that is longer by itself; 0 is no bound. As in native code. */
  readonly maxTokens: number;
  /** Tokens that the model can read. */
  readonly maxPositions: number;
}

interface Ahead {
  readonly lessons: readonly Lesson[];
  readonly cursor: Cursor;
  readonly pass: Promise<Pass | undefined>;
}

/**
 * Prepares prompts pass by pass, one pass ahead of what is being computed: so the memory of clips is bounded by two passes,
 * however large a batch is, and ffmpeg works while the tensors do. The first pass of the next list is begun with too.
 */
export class PassReader implements AsyncDisposable {
  readonly #end = new AbortController();
  #ahead: Ahead | undefined;

  constructor(private readonly options: PassReaderOptions) {}

  /**
   * The caller releases each pass.
   *
   * @param next what will be read afterwards, the same list
   */
  async *passes(
    lessons: readonly Lesson[],
    next: readonly Lesson[] | undefined,
    signal: AbortSignal,
  ): AsyncGenerator<Pass> {
    signal.throwIfAborted();
    const stop = (): void => this.#end.abort(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
    try {
      let ahead = this.#ahead?.lessons === lessons ? this.#ahead : undefined;
      if (ahead === undefined) {
        await this.#drop();
        ahead = this.#begin(lessons);
      }
      for (;;) {
        const pass = await ahead.pass;
        const isLast = ahead.cursor.done;
        this.#ahead = undefined;
        if (!isLast) ahead = this.#goOn(ahead);
        else if (next !== undefined) this.#begin(next);
        if (pass !== undefined) yield pass;
        if (isLast) return;
      }
    } finally {
      signal.removeEventListener('abort', stop);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#end.abort(new Error('no further pass is wanted'));
    await this.#drop();
  }

  #begin(lessons: readonly Lesson[]): Ahead {
    return this.#goOn({ lessons, cursor: new Cursor(lessons, this.options, this.#end.signal) });
  }

  #goOn({ lessons, cursor }: Omit<Ahead, 'pass'>): Ahead {
    const pass = cursor.next();
    // Told when it is asked for, not before.
    pass.catch(() => undefined);
    this.#ahead = { lessons, cursor, pass };
    return this.#ahead;
  }

  async #drop(): Promise<void> {
    const ahead = this.#ahead;
    this.#ahead = undefined;
    if (ahead === undefined) return;
    await ahead.pass.then(
      (pass) => pass?.release(),
      () => undefined,
    );
    ahead.cursor.release();
  }
}

type Prepared = Pass['lessons'][number];

/** Goes through one list. */
class Cursor {
  #at = 0;
  /** Prepared, and too much for the pass before. */
  #carried: Prepared | undefined;

  constructor(
    private readonly lessons: readonly Lesson[],
    private readonly options: PassReaderOptions,
    private readonly signal: AbortSignal,
  ) {}

  /** Nothing is left. */
  get done(): boolean {
    return this.#at >= this.lessons.length && this.#carried === undefined;
  }

  /** Undefined where there was nothing. */
  async next(): Promise<Pass | undefined> {
    const { maxTokens } = this.options;
    const lessons: Prepared[] = [];
    const tooLong: string[] = [];
    const release = (): void => lessons.forEach(({ prompt }) => prompt.release());
    let tokens = 0;
    try {
      for (;;) {
        const lesson = this.#carried ?? (await this.#prepared(tooLong));
        this.#carried = undefined;
        if (lesson === undefined) break;
        const length = lengthOf(lesson);
        if (maxTokens > 0 && lessons.length > 0 && tokens + length > maxTokens) {
          this.#carried = lesson;
          break;
        }
        lessons.push(lesson);
        tokens += length;
      }
    } catch (error) {
      release();
      throw error;
    }
    return lessons.length + tooLong.length === 0 ? undefined : { lessons, tooLong, release };
  }

  release(): void {
    this.#carried?.prompt.release();
    this.#carried = undefined;
  }

  /** The next one that the model can read; undefined at the end. */
  async #prepared(tooLong: string[]): Promise<Prepared | undefined> {
    for (;;) {
      const lesson = this.lessons[this.#at];
      if (lesson === undefined) return undefined;
      this.signal.throwIfAborted();
      const prompt = await this.options.data.prepare(lesson.item, this.signal);
      this.#at += 1;
      const prepared = { ...lesson, prompt };
      if (lengthOf(prepared) <= this.options.maxPositions) return prepared;
      prompt.release();
      tooLong.push(lesson.item.id);
    }
  }
}

const lengthOf = ({ prompt, target }: Prepared): number => prompt.ids.length + target.ids.length;
