import { readFile, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type {
  BuildSummary,
  IngestSummary,
  JobAccepted,
  ReflectPath,
  ReflectRecord,
  ReflectReject,
} from '@srvau/contracts';
import { setThreads } from '@srvau/native';
import { parseTranscript } from '@srvau/reasoning';
import { TinyWorld } from '../../apps/training/test/tiny-world';
import { BuildCluster } from './support/build-cluster';
import { type Lesson, teachRounds } from './support/teach-rounds';

jest.setTimeout(300_000);

const FPS = 1;
const OPTIONS = ['red', 'blue', 'green', 'grey'];
const COLOURS = ['red', 'blue'] as const;
/** The base model looks, and sees what there is. */
const LOOKED_AT = ['Which colour?', 'What hue does it have?', 'How is the wall painted?'];
/** The base model says the same of every video, which is never right. */
const GUESSED = ['What comes at the end?', 'Who walks by?', 'When does it rain?'];
const WRONG = { colour: 'green', answer: 'C' };

const round = (colour: string, answer: string): string =>
  `<think>All of it is ${colour}.</think><answer>${answer}</answer>`;

const uri = (path: string): string => pathToFileURL(path).href;

interface Annotated {
  readonly annotation: Readonly<Record<string, unknown>> & { readonly id: string };
  readonly lesson: Lesson;
}

/** Each question of each clip. One row of either clip takes part in grounding, of which the base model knows nothing. */
function annotate(world: TinyWorld): Annotated[] {
  return [...LOOKED_AT, ...GUESSED].flatMap((question, i) =>
    COLOURS.map((colour, j) => {
      const answer = j === 0 ? 'A' : 'B';
      const says = LOOKED_AT.includes(question) ? round(colour, answer) : round(WRONG.colour, WRONG.answer);
      return {
        annotation: {
          ...{ id: `${colour}-${i}`, video: `${colour}.mp4`, question, options: OPTIONS, answer },
          keyObject: `${colour} wall`,
          description: `A ${colour} wall fills the whole view of the camera from beginning to end.`,
          anomalyClass: 'Object_moving',
          ...(i === 0 ? { spanSec: [0.5, 1.5] } : {}),
        },
        lesson: { subject: { task: 'qa', question, options: OPTIONS }, videoUri: world.videoUri(colour), says },
      };
    }),
  );
}

let world: TinyWorld;
let base: string;
let rows: Annotated[];

beforeAll(async () => {
  // Sums in one order, however many processors there are.
  setThreads(1);
  world = await TinyWorld.make();
  base = join(world.dir, 'base');
  rows = annotate(world);
  const lessons = rows.map(({ lesson }) => lesson);
  const loss = await teachRounds(world.model, base, lessons, { fps: FPS, steps: 150, learningRate: 0.02 });
  expect(loss).toBeLessThan(0.005);
});

afterAll(() => world.dispose());

/** In a cluster whose workers may read the clips and the base model. */
class Builds {
  constructor(private readonly cluster: BuildCluster) {}

  async addWorker(): Promise<void> {
    const roots = [this.cluster.path('.'), world.dir].join(delimiter);
    await this.cluster.addWorker({ env: { SRVAU_FILE_ROOTS: roots, SRVAU_NATIVE_THREADS: '1' } });
  }

  async ingest(): Promise<IngestSummary> {
    const annotations = this.cluster.path('colours.jsonl');
    await writeFile(annotations, rows.map(({ annotation }) => `${JSON.stringify(annotation)}\n`).join(''));
    const request = { annotations: uri(annotations), videos: uri(world.dir), out: this.#uri('colours'), fps: FPS };
    const { jobId } = await this.cluster.ask<JobAccepted>('srvau.dataset.ingest', request);
    const { state, result, error } = await this.cluster.ended(jobId);
    expect({ state, error }).toEqual({ state: 'succeeded', error: undefined });
    return result as IngestSummary;
  }

  async build(out: string, shardItems: number): Promise<BuildSummary> {
    const modelSampling = { temperature: 1, maxNewTokens: 120 };
    const change = { dataset: this.#uri('colours'), model: `native:${base}`, modelSampling, seed: 7, shardItems };
    return this.cluster.summary(await this.cluster.submit(out, change));
  }

  async read<T>(out: string, name: string): Promise<T[]> {
    const text = await readFile(this.cluster.path(join(out, name)), 'utf8');
    const lines = text.split('\n').filter((line) => line !== '');
    return lines.map((line) => JSON.parse(line) as T);
  }

  #uri(name: string): string {
    return uri(this.cluster.path(name));
  }
}

describe('a build whose base model was trained', () => {
  it('makes records of both paths from what it says, counts its faults, and makes the same bytes again', async () => {
    await using cluster = await BuildCluster.start();
    const builds = new Builds(cluster);
    await builds.addWorker();
    expect(await builds.ingest()).toMatchObject({ rows: 12, qaEligible: 12, groundingEligible: 2, videosMissing: 0 });

    const summary = await builds.build('r', 5);
    const records = await builds.read<ReflectRecord>('r', 'records.jsonl');
    const rejects = await builds.read<ReflectReject>('r', 'rejects.jsonl');
    expectWhole(summary, records, rejects);
    records.forEach(expectSound);
    expectBothPaths(records);

    // Dealt out otherwise, with a second process to take its share.
    await builds.addWorker();
    expect(await builds.build('again', 3)).toEqual({ ...summary, out: cluster.path('again') });
    expect(await cluster.contents('again')).toEqual(await cluster.contents('r'));
  });
});

/** Each item is one record or one reject. */
function expectWhole(
  summary: BuildSummary,
  records: readonly ReflectRecord[],
  rejects: readonly ReflectReject[],
): void {
  const qa = rows.map(({ annotation }) => `${annotation.id}:qa:0`);
  const tag = COLOURS.map((colour) => `${colour}-0:tag:0`).sort();
  expect([...records, ...rejects].map(({ id }) => id).sort()).toEqual([...qa, ...tag].sort());
  // It was never shown what an answer to them looks like.
  const ofTag = rejects.filter(({ task }) => task === 'tag');
  expect(ofTag.map(({ id, stage }) => ({ id, stage }))).toEqual(tag.map((id) => ({ id, stage: 'initial' })));

  const paths = (wanted: ReflectPath): number => records.filter(({ path }) => path === wanted).length;
  expect(summary).toMatchObject({
    ...{ items: 14, records: records.length, qa: records.length, tag: 0, rejects: rejects.length, stoppedBy: null },
    ...{ corrected: paths('correct'), refined: paths('refine') },
  });
  const reasons = rejects.map(({ reason }) => reason);
  const counts = reasons.map((reason) => [reason, reasons.filter((other) => other === reason).length]);
  expect(summary.rejectedFor).toEqual(Object.fromEntries(counts));
}

/** It begins with what the base model said, word by word, and ends with what is right. */
function expectSound({ id, path, initial, transcript, correctOption, provenance }: ReflectRecord): void {
  const { wellFormed, firstAnswer, finalAnswer } = parseTranscript(transcript, { grammar: 'reflective', task: 'qa' });
  expect({ id, wellFormed, final: finalAnswer?.option }).toEqual({ id, wellFormed: true, final: correctOption });
  expect({ id, path }).toEqual({ id, path: firstAnswer?.option === correctOption ? 'refine' : 'correct' });
  if (initial.wellFormed === true) expect(transcript.startsWith(initial.completion ?? id)).toBe(true);
  const backends = [provenance.initial?.model.backend, provenance.teacher?.model.backend];
  expect({ id, backends }).toEqual({ id, backends: ['native', 'scripted'] });
}

/** It tells the clips apart where it was taught to. It draws at temperature 1, so one or the other may go astray. */
function expectBothPaths(records: readonly ReflectRecord[]): void {
  const saying = (path: ReflectPath, questions: readonly string[], colour: string): ReflectRecord[] =>
    records.filter(
      (record) =>
        record.path === path && questions.includes(record.question ?? '') && record.initial.reasoning.includes(colour),
    );
  for (const colour of COLOURS) {
    const seen = saying('refine', LOOKED_AT, colour);
    expect(seen.length).toBeGreaterThanOrEqual(2);
    expect(seen.every(({ video }) => video === `${colour}.mp4`)).toBe(true);
  }
  expect(saying('correct', GUESSED, WRONG.colour).length).toBeGreaterThanOrEqual(4);
}
