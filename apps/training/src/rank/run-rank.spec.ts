import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
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
});
