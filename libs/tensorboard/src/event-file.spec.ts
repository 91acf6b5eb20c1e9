import { execFile } from 'node:child_process';
import { mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { EventFile, isEventFileName } from './event-file';
import { restartEvent, scalarsEvent, textEvent, versionEvent } from './events';

const ORACLE = join(__dirname, '../../../tools/oracle/tensorboard_events.py');
const python = process.env['SRVAU_PEER_PYTHON'];

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'srvau-tensorboard-'));
});
afterEach(() => rm(dir, { recursive: true }));

const at = 1_700_000_000_000;

test('the name says when and where, and the content is the events in their order', async () => {
  const file = await EventFile.replaceIn(dir, { at, host: 'worker-0' });
  const events = [1, 2, 3].map((step) => scalarsEvent({ at: at + step, step }, { loss: 1 / step }));
  await Promise.all(events.map((event) => file.append(event)));
  await file.close();
  expect(await readdir(dir)).toEqual(['events.out.tfevents.1700000000.worker-0']);
  expect(await readFile(file.path)).toEqual(Buffer.concat([versionEvent(at), ...events]));
});

test('takes the place of those that are there, and leaves all else', async () => {
  await writeFile(join(dir, 'metrics.jsonl'), 'm');
  await writeFile(join(dir, 'events.jsonl'), 'e');
  const sizes = async (): Promise<object> => {
    const found = (await readdir(dir)).map(async (name) => [name, (await stat(join(dir, name))).size]);
    return Object.fromEntries(await Promise.all(found)) as object;
  };
  const [others, bytes] = [{ 'events.jsonl': 1, 'metrics.jsonl': 1 }, versionEvent(at).byteLength];
  // As one that was killed leaves it.
  await writeFile(join(dir, 'events.out.tfevents.1700000000.a'), 'of before');
  const second = await EventFile.replaceIn(dir, { at, host: 'b' });
  // A TensorBoard may have the old one open.
  expect(await sizes()).toEqual({
    ...others,
    ...{ 'events.out.tfevents.1700000000.a': 0, 'events.out.tfevents.1700000000.b': bytes },
  });
  await second.close();
  expect(await sizes()).toEqual({ ...others, 'events.out.tfevents.1700000000.b': bytes });
});

test.each([
  ['events.out.tfevents.1700000000.host', true],
  ['events.out.tfevents.1700000000', false],
  ['events.jsonl', false],
])('%s is one that it takes for an event file: %s', (name, isOne) => {
  expect(isEventFileName(name)).toBe(isOne);
});

test('TensorBoard’s own reader finds what was written, also after a restart', async () => {
  if (python === undefined) {
    console.warn(
      'skipped: TensorBoard did not read; SRVAU_PEER_PYTHON names a Python that has it (tools/oracle/requirements.txt)',
    );
    return;
  }
  const rows = Array.from({ length: 300 }, (_, step) => ({
    at: at + 10 * step,
    step,
    loss: Math.fround(1 / (step + 1)),
  }));
  await using file = await EventFile.replaceIn(dir, { at });
  await file.append(textEvent({ at, step: 0 }, 'configuration', '**seed** 17'));
  for (const { loss, ...time } of rows) await file.append(scalarsEvent(time, { loss, 'reward/total/mean': -loss }));
  // Steps that a killed run had done, and that are done anew.
  await file.append(restartEvent({ at: at + 5_000, step: 290 }));
  for (const { loss, ...time } of rows.slice(290))
    await file.append(scalarsEvent(time, { loss, 'reward/total/mean': -loss }));
  const { stdout } = await promisify(execFile)(python, [ORACLE, '--read', dir]);
  expect(JSON.parse(stdout)).toEqual({
    scalars: {
      loss: rows.map((row) => [row.at, row.step, row.loss]),
      'reward/total/mean': rows.map((row) => [row.at, row.step, -row.loss]),
    },
    text: { configuration: [[at, 0, '**seed** 17']] },
  });
});
