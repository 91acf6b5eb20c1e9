import { mkdir, mkdtemp, readdir, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BuildRequest, type DatasetRow, silentLog } from '@srvau/contracts';
import { LocalVideos, ModelPool } from '@srvau/model-pool';
import { readReflectRecords, writeReflectDataset } from '@srvau/reflection-data';
import { ArtifactStore, fileUri } from '@srvau/storage';
import { makeRow, writeSmallDataset } from '../../test/small-dataset';
import { claimPlan, isWorkLeft, type ResolvedBuild } from './claim-plan';
import { readParent } from './lay-plan';
import { lastIdOf, mergedOutcomes, recordsOf, rejectsOf } from './merge';
import { runShard, type ShardResult } from './run-shard';
import { budgetOf, extentOf, inputsOf, settingsOf } from './settings';
import { type BuildClaim, BuildDirectory } from './work/build-directory';
import { idOf } from './work/journal';

const ROWS = Array.from({ length: 20 }, (_, i) => makeRow(i));

/** A build without NATS: the plan, shards one after another, and the merge. */
describe('shards of a build', () => {
  let root: string;
  let out: string;
  let store: ArtifactStore;
  let models: ModelPool;
  const signal = new AbortController().signal;

  beforeEach(async () => {
    root = await realpath(await mkdtemp(join(tmpdir(), 'srvau-build-')));
    out = join(root, 'out');
    store = new ArtifactStore({ fileRoots: [root], s3: false });
    models = new ModelPool();
    await writeSmallDataset(join(root, 'd'), ROWS);
  });

  afterEach(async () => {
    await models[Symbol.asyncDispose]();
    await rm(root, { recursive: true, force: true });
  });

  const request = (change: Partial<BuildRequest> = {}): BuildRequest => ({
    dataset: fileUri(join(root, 'd')),
    model: 'scripted:base?accuracy=0.5',
    teacher: 'scripted:teacher?faults=0.3',
    out: fileUri(out),
    ...change,
  });

  async function resolved(wanted: BuildRequest): Promise<ResolvedBuild> {
    const dataset = await readParent(wanted.dataset, store);
    const identities = {
      initial: await models.identify(wanted.model, signal),
      teacher: await models.identify(wanted.teacher, signal),
    };
    return {
      settings: settingsOf(wanted, dataset.identity, identities),
      extent: extentOf(wanted),
      budget: budgetOf(wanted),
      uris: { model: wanted.model, teacher: wanted.teacher },
      shardItems: wanted.shardItems ?? 7,
      acceptChanges: wanted.acceptChanges === true,
    };
  }

  async function claim(change: Partial<BuildRequest> = {}): Promise<BuildClaim> {
    const wanted = request(change);
    await mkdir(out, { recursive: true });
    const dataset = await readParent(wanted.dataset, store);
    return claimPlan(new BuildDirectory(out), await resolved(wanted), dataset, { store, log: silentLog, signal });
  }

  function work({ plan }: Pick<BuildClaim, 'plan'>, shard: number, until = signal): Promise<ShardResult> {
    const videos = new LocalVideos(store, root);
    const deps = { store, models, videos, attempt: 1, signal: until, progress: () => undefined, log: silentLog };
    return runShard({ out: fileUri(out), plan, shard }, deps);
  }

  async function finish(claimed: BuildClaim): Promise<void> {
    for (let shard = 0; shard < claimed.shards; shard += 1) await work(claimed, shard);
    const outcomes = () => mergedOutcomes(new BuildDirectory(out).plan(claimed.plan), claimed.shards);
    const lastId = await lastIdOf(outcomes(), claimed.budget.maxRecords);
    await writeReflectDataset(out, {
      writtenBy: 'spec@1',
      inputs: inputsOf(claimed),
      stoppedBy: claimed.budget.maxRecords === null ? null : 'max-records',
      records: recordsOf(outcomes(), lastId),
      rejects: rejectsOf(outcomes(), lastId),
    });
    await new BuildDirectory(out).removeWork();
  }

  async function ids(): Promise<string[]> {
    const found: string[] = [];
    for await (const record of readReflectRecords(out)) found.push(record.id);
    return found;
  }

  const directory = (): BuildDirectory => new BuildDirectory(out);

  it('makes the same records however they are cut, each once', async () => {
    await finish(await claim({ shardItems: 40 }));
    const whole: unknown[] = [];
    for await (const record of readReflectRecords(out)) whole.push(record);
    expect(whole.length).toBeGreaterThan(30);
    await rm(out, { recursive: true });
    await finish(await claim({ shardItems: 3 }));
    const cut: unknown[] = [];
    for await (const record of readReflectRecords(out)) cut.push(record);
    expect(cut).toEqual(whole);
    expect(await readdir(out)).toEqual(['dataset.json', 'records.jsonl', 'records.parquet', 'rejects.jsonl']);
  });

  it('does what is left of a shard, and nothing twice', async () => {
    const claimed = await claim();
    const plan = directory().plan(claimed.plan);
    const first = await work(claimed, 0);
    expect(first).toMatchObject({ items: 7, stopped: false });
    expect(await plan.done(0)).toMatchObject({ items: 7 });
    expect(await work(claimed, 0)).toEqual(first);
    expect(await readdir(plan.parts(0))).toHaveLength(1);

    await plan.setStopped(true);
    expect(await work(claimed, 1)).toMatchObject({ items: 0, stopped: true });
    expect(await plan.done(1)).toBeNull();
    await plan.setStopped(false);
    expect(await work(claimed, 1)).toMatchObject({ items: 7, stopped: false });
  });

  it('refuses to work for a build that goes another way', async () => {
    await expect(work({ plan: '0123456789abcdef' }, 0)).rejects.toMatchObject({ code: 'CONFLICT' });
    const claimed = await claim();
    await expect(work({ plan: '0123456789abcdef' }, 0)).rejects.toMatchObject({ code: 'CONFLICT' });
    await expect(work(claimed, 99)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await writeFile(
      join(out, 'work/build.json'),
      JSON.stringify({ ...claimed, uris: { ...claimed.uris, teacher: 'scripted:other' } }),
    );
    await expect(work(claimed, 0)).rejects.toThrow(/teacher: expected .*"model":"teacher".*received .*"model":"other"/);
  });

  it('goes on under the same settings, and under other ones only when told', async () => {
    const before = await claim();
    await work(before, 0);
    expect(await claim()).toEqual(before);
    await expect(claim({ seed: 1 })).rejects.toThrow(/a build with seed 0 instead of 1/);
    await expect(claim({ teacher: 'scripted:another' })).rejects.toThrow(
      /teacher\.model\.model "teacher" instead of "another"/,
    );
    await expect(claim({ modelSampling: { temperature: 0.5 } })).rejects.toThrow(
      /initial\.sampling\.temperature 1 instead of 0\.5/,
    );
    expect(await claim()).toEqual(before);

    const after = await claim({ seed: 1, acceptChanges: true });
    expect(after.plan).not.toBe(before.plan);
    expect(await directory().plan(after.plan).done(0)).toMatchObject({ items: 7 });
    expect((await readdir(join(out, 'work'))).sort()).toEqual([after.plan, 'build.json'].sort());
    await finish(after);
    expect(new Set(await ids()).size).toBe((await ids()).length);
  });

  it('never mixes datasets', async () => {
    await claim();
    await writeSmallDataset(join(root, 'd'), ROWS.slice(1));
    await expect(claim({ acceptChanges: true })).rejects.toThrow(
      /expected a new or empty directory, or a build of the same dataset/,
    );
  });

  it('keeps what is done when more is asked for, in the middle and after the end', async () => {
    const small = await claim({ tasks: ['qa'], shardItems: 5 });
    await work(small, 1);
    const wider = await claim({ samples: 2 });
    expect(wider.items).toBe(80);
    const kept: string[] = [];
    for await (const outcome of mergedOutcomes(directory().plan(wider.plan), wider.shards)) kept.push(idOf(outcome));
    expect(kept).toHaveLength(5);
    expect(kept).toEqual([...kept].sort());
    await finish(wider);
    const first = await ids();

    const state = await directory().state();
    if (state.kind !== 'complete') throw new Error('expected a finished dataset');
    expect(isWorkLeft(state.card, await resolved(request({ samples: 2 })), out)).toBe(false);
    expect(isWorkLeft(state.card, await resolved(request({ samples: 3 })), out)).toBe(true);
    expect(() => isWorkLeft(state.card, { ...small, acceptChanges: false }, out)).toThrow(/without the task tag/);
    const widest = await claim({ samples: 3 });
    expect(await directory().state()).toMatchObject({ kind: 'unfinished' });
    const carried: string[] = [];
    for await (const outcome of mergedOutcomes(directory().plan(widest.plan), widest.shards))
      carried.push(idOf(outcome));
    expect(carried).toHaveLength(80);
    await finish(widest);
    expect(await ids()).toEqual(expect.arrayContaining(first));
  });

  it('cuts the dataset at the number of records that was asked for, and goes on from there', async () => {
    await finish(await claim({ budget: { maxRecords: 11 } }));
    const first = await ids();
    expect(first).toHaveLength(11);
    const state = await directory().state();
    if (state.kind !== 'complete') throw new Error('expected a finished dataset');
    const isLeft = async (maxRecords: number): Promise<boolean> =>
      isWorkLeft(state.card, await resolved(request({ budget: { maxRecords } })), out);
    expect([await isLeft(11), await isLeft(5), await isLeft(20)]).toEqual([false, false, true]);
    await finish(await claim());
    expect((await ids()).slice(0, 11)).toEqual(first);
  });

  it('finds its way back after a kill at any step of a claim', async () => {
    await finish(await claim());
    const records = await ids();
    // Between the claim of a larger build and the end of the former dataset both are there.
    const larger = await claim({ samples: 2 });
    await writeReflectDataset(out, {
      ...{ writtenBy: 'spec@1', inputs: inputsOf({ ...larger, extent: extentOf(request()) }), stoppedBy: null },
      ...{ records: [], rejects: [] },
    });
    expect(await directory().state()).toMatchObject({ kind: 'unfinished', claim: { plan: larger.plan } });
    await claim({ samples: 2 });
    await finish(larger);
    expect(await ids()).toEqual(expect.arrayContaining(records));

    // Before the claim there is a plan that nobody has claimed.
    await rm(out, { recursive: true });
    await mkdir(join(out, 'work/0123456789abcdef/parts'), { recursive: true });
    expect(await directory().state()).toEqual({ kind: 'empty' });
    const claimed = await claim();
    expect(await readdir(join(out, 'work'))).not.toContain('0123456789abcdef');
    await finish(claimed);
  });

  it('leaves the directories of others alone', async () => {
    await mkdir(out);
    await writeFile(join(out, 'thesis.tex'), 'years of work');
    await expect(directory().state()).rejects.toThrow(/expected a new or empty directory.*thesis\.tex/);
    await rm(out, { recursive: true });
    await writeFile(out, 'a file');
    await expect(directory().state()).rejects.toMatchObject({ code: 'CONFLICT' });
  });

  it('counts videos that are not there, or have gone since the plan was made', async () => {
    const lost: DatasetRow = makeRow(1, { id: 'lost', video: 'lost.mp4' });
    await writeSmallDataset(join(root, 'd'), [makeRow(0), lost, makeRow(2)]);
    await rm(join(root, 'd/videos/lost.mp4'));
    const claimed = await claim();
    await rm(join(root, 'd/videos', makeRow(2).video));
    expect(await work(claimed, 0)).toMatchObject({ items: 6, rejects: 4 });
  });
});
