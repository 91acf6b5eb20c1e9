import type { ChatPrompt } from '@srvau/models';
import type { TrainingItem } from '../data/training-item';
import { type Lesson, type Pass, PassReader } from './pass-reader';

/** A lesson of so many tokens, a third of them in its target. */
function lesson(id: string, tokens: number): Lesson {
  const target = { ids: new Int32Array(tokens / 3), parts: new Uint8Array(tokens / 3) };
  return { item: { id } as TrainingItem, target };
}

const tokensOf = new Map<string, number>();
const lessons = (...tokens: number[]): Lesson[] =>
  tokens.map((count, i) => {
    tokensOf.set(`${i}`, (count * 2) / 3);
    return lesson(`${i}`, count);
  });

/** Counts prompts that are held. */
class Prompts {
  held = 0;
  most = 0;
  prepared: string[] = [];

  prepare = async ({ id }: TrainingItem, signal: AbortSignal): Promise<ChatPrompt> => {
    await new Promise((resolve) => setImmediate(resolve));
    signal.throwIfAborted();
    if (id === 'bad') throw new Error('no video');
    this.prepared.push(id);
    this.held += 1;
    this.most = Math.max(this.most, this.held);
    let released = false;
    const release = (): void => {
      if (!released) this.held -= 1;
      released = true;
    };
    return { ids: new Array<number>(tokensOf.get(id) ?? 0).fill(0), clips: [], release };
  };
}

const never = new AbortController().signal;
const idsOf = ({ lessons: all }: Pass): string => all.map(({ item }) => item.id).join('');

async function read(reader: PassReader, from: Lesson[], next?: Lesson[]): Promise<string[]> {
  const seen: string[] = [];
  for await (const pass of reader.passes(from, next, never)) {
    seen.push(idsOf(pass) + pass.tooLong.map((id) => `!${id}`).join(''));
    pass.release();
  }
  return seen;
}

it.each([
  [10, ['01', '2', '34', '5']],
  [0, ['012345']],
  [1, ['0', '1', '2', '3', '4', '5']],
  [30, ['01234', '5']],
])('cuts at %i tokens as native code does, in order', async (maxTokens, expected) => {
  const prompts = new Prompts();
  await using reader = new PassReader({ data: prompts, maxTokens, maxPositions: 100 });
  expect(await read(reader, lessons(3, 6, 12, 3, 6, 9))).toEqual(expected);
  expect(prompts.prepared.join('')).toBe('012345');
  expect(prompts.held).toBe(0);
});

it('leaves out what is too long for the model, and names it', async () => {
  const prompts = new Prompts();
  await using reader = new PassReader({ data: prompts, maxTokens: 12, maxPositions: 9 });
  expect(await read(reader, lessons(12, 6, 12, 6, 12))).toEqual(['13!0!2!4']);
  expect(await read(reader, lessons(12))).toEqual(['!0']);
  expect(await read(reader, [])).toEqual([]);
  expect(prompts.held).toBe(0);
});

it('is one pass ahead, into the next list too, and holds two at most', async () => {
  const prompts = new Prompts();
  await using reader = new PassReader({ data: prompts, maxTokens: 6, maxPositions: 100 });
  const [first, second] = [lessons(6, 6, 6), lessons(6, 6)];
  for await (const pass of reader.passes(first, second, never)) {
    // What is computed takes longer than what is prepared.
    for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    pass.release();
  }
  // The last one was found not to fit into the pass that is ahead.
  expect(prompts.prepared).toEqual(['0', '1', '2', '0', '1']);
  expect(await read(reader, second)).toEqual(['0', '1']);
  expect(prompts.prepared).toEqual(['0', '1', '2', '0', '1']);
  // One pass in use, one ahead, and that one.
  expect(prompts.most).toBeLessThanOrEqual(3);
});

it('gives everything back when its reader leaves, fails or is told to end', async () => {
  const prompts = new Prompts();
  {
    await using reader = new PassReader({ data: prompts, maxTokens: 6, maxPositions: 100 });
    for await (const pass of reader.passes(lessons(6, 6, 6), undefined, never)) {
      pass.release();
      break;
    }
  }
  expect(prompts.held).toBe(0);
  {
    await using reader = new PassReader({ data: prompts, maxTokens: 6, maxPositions: 100 });
    await expect(read(reader, [...lessons(3, 3), lesson('bad', 3)])).rejects.toThrow('no video');
  }
  expect(prompts.held).toBe(0);
  const controller = new AbortController();
  await using reader = new PassReader({ data: prompts, maxTokens: 6, maxPositions: 100 });
  const passes = reader.passes(lessons(6, 6, 6), undefined, controller.signal);
  const first = passes.next();
  controller.abort(new Error('enough'));
  await expect(first).rejects.toThrow('enough');
  expect(prompts.held).toBe(0);
});
