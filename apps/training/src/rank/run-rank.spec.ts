import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SftRequest, silentLog } from '@srvau/contracts';
import { fileUri } from '@srvau/storage';
import { refusal } from '../../test/refusal';
import { TinyWorld } from '../../test/tiny-world';
import { TrainingConfig } from '../training-config';
import { runRank } from './run-rank';

let world: TinyWorld;
beforeAll(async () => (world = await TinyWorld.make()));
afterAll(() => world.dispose());

/** Of rank 0 of one, started by no service. */
function train(out: string, config: object = {}): Promise<unknown> {
  const paths = { model: fileUri(world.model), data: fileUri(world.data), out: fileUri(join(world.dir, out)) };
  const request = Object.assign(new SftRequest(), { ...paths, config, ranks: 1 });
  const seat = { rank: 0, worldSize: 1, local: { rank: 0, size: 1 }, address: '127.0.0.1', port: 0 };
  const nothing = (): void => undefined;
  return runRank({ kind: 'sft', request, lockWaitMs: 0 }, seat, {
    config: Object.assign(new TrainingConfig(), { fileRoots: [world.dir], home: join(world.dir, 'home') }),
    log: silentLog,
    signal: new AbortController().signal,
    reports: { listening: nothing, begins: nothing, progress: nothing, metrics: nothing, event: nothing },
  });
}

describe('a rank that no service has started', () => {
  it('writes into no directory of something else', async () => {
    mkdirSync(join(world.dir, 'photos'));
    writeFileSync(join(world.dir, 'photos', 'holiday.jpg'), '');
    const error = await refusal(() => train('photos', { steps: 1 }));
    expect(error).toMatchObject({ code: 'CONFLICT', details: [{ field: 'out' }] });
    expect(error.message).toContain('one with holiday.jpg');
    expect(readdirSync(join(world.dir, 'photos'))).toEqual(['holiday.jpg']);
  });

  it('begins no run that the disk cannot hold', async () => {
    // All of them are asked for, however many there will be.
    const error = await refusal(() => train('huge', { checkpoints: { keepLast: 1_000_000 } }));
    expect(error).toMatchObject({ code: 'UNPROCESSABLE', details: [{ field: 'out' }] });
    expect(error.message).toContain('for 1000002 checkpoints');
    expect(readdirSync(world.dir)).not.toContain('huge');
  });

  it('says in the events of a run that has begun why it could not go on', async () => {
    await train('run', { steps: 1, batchSize: 4 });
    const [clip, away] = [join(world.dir, 'red.mp4'), join(world.dir, 'away.mp4')];
    renameSync(clip, away);
    const { message } = await refusal(() => train('run', { steps: 2, batchSize: 4 }));
    renameSync(away, clip);
    expect(message).toContain('6 whose video is not there');
    const events = readFileSync(join(world.dir, 'run', 'events.jsonl'), 'utf8')
      .trimEnd()
      .split('\n');
    expect(JSON.parse(events.at(-1) ?? '')).toMatchObject({ kind: 'failed', step: 1, message });
    expect(await train('run', { steps: 2, batchSize: 4 })).toMatchObject({ steps: 2 });
  });
});
