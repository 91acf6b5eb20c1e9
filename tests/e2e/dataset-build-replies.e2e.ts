import type { BuildRequest, BuildSummary, ReflectRecord, ReflectReject } from '@srvau/contracts';
import { makeRow } from '../../apps/dataset/test/small-dataset';
import { replyTo } from '../../libs/models/test/fake-openai/replies.mjs';
import { startFakeOpenai } from '../../libs/models/test/fake-openai/server.mjs';
import { BuildCluster } from './support/build-cluster';

jest.setTimeout(240_000);

const ITEMS = 66;
const ROWS = Array.from({ length: ITEMS }, (_, i) =>
  makeRow(i, { question: `What happens at the ladder of scene ${i}?` }),
);

type Answer = Exclude<ReturnType<NonNullable<NonNullable<Parameters<typeof startFakeOpenai>[0]>['reply']>>, string>;
type Teacher = (scene: number, good: string, asked: number) => Answer | string;

/** What an endpoint does once in a while, and does not do again when it is asked once more. */
const PASSING: readonly Answer[] = [
  { status: 429, body: '{"error":{"message":"slow down"}}', headers: { 'retry-after-ms': '40' } },
  ...['server-error', 'bad-gateway', 'reset', 'cut', 'ends-early', 'half-event'].map((fault) => ({ fault })),
  ...['html', 'no-choices', 'not-http', 'broken-utf8', 'error-in-stream'].map((fault) => ({ fault })),
];

const CHINESE = '起初画面很安静，随后有人走进来，在梯子旁边停下，最后摔倒在地上，没有人去帮忙。';
const GERMAN =
  'Zuerst bleibt alles ruhig, dann lehnt sich jemand weit hinaus, verliert oben den Halt und stürzt am Ende hinunter.';
const inWords = (words: string): string =>
  `<reflection>${words}</reflection><think>${words} ${words}</think><answer>B</answer>`;
const otherLetter = (good: string): string => good.replace(/<answer>.*<\/answer>/, '<answer>A</answer>');

/** A scene whose teacher never does better, and how it is counted; `tries`: replies that were looked at. */
const HOPELESS: Readonly<Record<number, { reply: (good: string) => Answer | string; reason: string; tries: number }>> =
  {
    2: { reply: () => '', reason: 'empty', tries: 3 },
    7: { reply: otherLetter, reason: 'wrong-answer', tries: 3 },
    13: { reply: () => '<!DOCTYPE html><p>Bad Gateway</p>', reason: 'markup', tries: 3 },
    20: { reply: () => '{"reflection": "The first round stops', reason: 'markup', tries: 3 },
    25: { reply: () => 'word '.repeat(210_000), reason: 'too-long', tries: 3 },
    31: { reply: () => ({ fault: 'endless' }), reason: 'too-long', tries: 3 },
    35: { reply: () => inWords(CHINESE), reason: 'language', tries: 3 },
    38: { reply: () => inWords(GERMAN), reason: 'language', tries: 3 },
    41: { reply: () => ({ text: 'So', finish: 'content_filter' }), reason: 'filtered', tries: 3 },
    44: { reply: () => ({ text: '<reflection>It stops', finish: 'length' }), reason: 'cut-off', tries: 3 },
    50: { reply: () => ({ status: 400, body: '{"message":"context too long"}' }), reason: 'request-refused', tries: 0 },
    56: { reply: () => ({ fault: 'server-error' }), reason: 'unanswered', tries: 0 },
    59: { reply: () => ({ fault: 'cut' }), reason: 'unanswered', tries: 0 },
  };

/** Whole builds whose teacher answers with nonsense, or not at all: nothing is lost, nothing doubled, all of it counted. */
describe('builds with a teacher that misbehaves', () => {
  let cluster: BuildCluster;
  let endpoint: Awaited<ReturnType<typeof startFakeOpenai>>;
  let teacher: Teacher;
  let expected: Record<string, string>;

  beforeAll(async () => {
    let asked = 0;
    endpoint = await startFakeOpenai({
      keeps: false,
      reply: ({ body }) => {
        const good = replyTo(body.messages);
        const scene = /of scene (\d+)\?/.exec(JSON.stringify(body.messages))?.[1];
        // Whether the endpoint is there at all is asked without a scene.
        return scene === undefined ? 'yes' : teacher(Number(scene), good, asked++);
      },
    });
    cluster = await BuildCluster.start(ROWS);
    await Promise.all([cluster.addWorker(), cluster.addWorker()]);
    teacher = (_, good) => good;
    expect(await build('well')).toMatchObject({ records: ITEMS, rejects: 0, retriedFor: {} });
    expected = await cluster.contents('well');
  });

  afterAll(async () => {
    await cluster[Symbol.asyncDispose]();
    await endpoint.close();
  });

  const build = async (out: string, change: Partial<BuildRequest> = {}): Promise<BuildSummary> =>
    cluster.summary(
      await cluster.submit(out, {
        ...{ tasks: ['qa'], teacherSees: 'text' },
        teacher: `openai:${endpoint.url}#fake?stream=always&attempts=3&retryDelayMs=20`,
        ...change,
      }),
    );

  it('ends with the very same bytes when every third answer fails in passing', async () => {
    const seen = new Set<Answer>();
    teacher = (_, good, asked) => {
      const fault = asked % 3 === 0 ? PASSING[(asked / 3) % PASSING.length] : undefined;
      if (fault !== undefined) seen.add(fault);
      return fault ?? good;
    };
    await build('in passing');
    expect(seen.size).toBe(PASSING.length);
    expect(await cluster.contents('in passing')).toEqual(expected);
  });

  it('sends a bad reply back, and notes in the record what was wrong with it', async () => {
    const spoilt = new Set<number>();
    teacher = (scene, good) => {
      const bad = HOPELESS[scene];
      if (bad === undefined || spoilt.has(scene)) return good;
      spoilt.add(scene);
      return bad.reply(good);
    };
    const summary = await build('mended');
    const sentBack = Object.values(HOPELESS).filter(({ tries }) => tries > 0);
    expect(summary.retriedFor).toEqual(countsOf(sentBack.map(({ reason }) => reason)));
    // A refused request is not asked again.
    expect(summary).toMatchObject({ records: ITEMS - 1, rejects: 1, rejectedFor: { 'request-refused': 1 } });
    const records = await linesOf<ReflectRecord>('mended', 'records.jsonl');
    for (const { rowId, provenance } of records) {
      const bad = HOPELESS[sceneOf(rowId)];
      const retriedFor = bad === undefined || bad.tries === 0 ? [] : [bad.reason];
      expect({ rowId, ...provenance.teacher }).toMatchObject({ attempts: 1 + retriedFor.length, retriedFor });
    }
  });

  it('rejects what stays bad with its reason, and loses nothing else', async () => {
    teacher = (scene, good) => HOPELESS[scene]?.reply(good) ?? good;
    const summary = await build('hopeless');
    const bad = Object.keys(HOPELESS).length;
    expect(summary).toMatchObject({ items: ITEMS, records: ITEMS - bad, rejects: bad, stoppedBy: null });
    expect(summary.rejectedFor).toEqual(countsOf(Object.values(HOPELESS).map(({ reason }) => reason)));

    const rejects = await linesOf<ReflectReject>('hopeless', 'rejects.jsonl');
    const found = Object.fromEntries(rejects.map((each) => [sceneOf(each.rowId), each]));
    for (const [scene, { reason, tries }] of Object.entries(HOPELESS)) {
      const stage = tries > 0 ? 'revision' : 'teacher';
      expect({ scene, ...found[scene] }).toMatchObject({ stage, reason, attempts: tries });
      expect((found[scene]?.lastReply ?? '').length).toBeLessThanOrEqual(4000);
    }
    // The others are as if nothing had been.
    const good = (line: string): boolean => HOPELESS[sceneOf((JSON.parse(line) as ReflectRecord).rowId)] === undefined;
    expect(textLines(await cluster.contents('hopeless'), 'records.jsonl')).toEqual(
      textLines(expected, 'records.jsonl').filter(good),
    );
  });

  const linesOf = async <T>(out: string, name: string): Promise<T[]> =>
    textLines(await cluster.contents(out), name).map((line) => JSON.parse(line) as T);
});

const sceneOf = (rowId: string): number => Number(rowId.split('#')[1]);

const textLines = (files: Record<string, string>, name: string): string[] =>
  Buffer.from(files[name] ?? '', 'base64')
    .toString('utf8')
    .trimEnd()
    .split('\n');

const countsOf = (reasons: readonly string[]): Record<string, number> =>
  Object.fromEntries([...new Set(reasons)].map((reason) => [reason, reasons.filter((each) => each === reason).length]));
