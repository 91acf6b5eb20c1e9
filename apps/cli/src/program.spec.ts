import { CommanderError } from 'commander';
import type { Actions } from './actions';
import { EXIT, EXIT_CODE_HELP } from './exit';
import { buildProgram, commandPath, commanderExitCode } from './program';

interface Outcome {
  action?: keyof Actions;
  options?: unknown;
  exitCode?: number;
  out: string;
  error?: CommanderError;
}

/** Parses a command line with actions that only note how they were called. */
async function parse(...argv: string[]): Promise<Outcome> {
  const outcome: Outcome = { out: '' };
  const record =
    (action: keyof Actions) =>
    (options: unknown): Promise<number> => {
      Object.assign(outcome, { action, options });
      return Promise.resolve(7);
    };
  const actions: Actions = {
    up: record('up'),
    doctor: record('doctor'),
    request: record('request'),
    datasetIngest: record('datasetIngest'),
    datasetBuild: record('datasetBuild'),
    datasetShow: record('datasetShow'),
    datasetReport: record('datasetReport'),
    datasetExport: record('datasetExport'),
    datasetImport: record('datasetImport'),
    synth: record('synth'),
    synthCheck: record('synthCheck'),
    listJobs: record('listJobs'),
    showJob: record('showJob'),
    watchJob: record('watchJob'),
    cancelJob: record('cancelJob'),
    resumeJob: record('resumeJob'),
    modelInit: record('modelInit'),
    modelInfo: record('modelInfo'),
    modelLogprobs: record('modelLogprobs'),
    modelGenerate: record('modelGenerate'),
    listPlugins: record('listPlugins'),
    testPlugin: record('testPlugin'),
    newPlugin: record('newPlugin'),
    rewardScore: record('rewardScore'),
    evaluatePredict: record('evaluatePredict'),
    evaluateRun: record('evaluateRun'),
    evaluateScore: record('evaluateScore'),
    evaluateJudge: record('evaluateJudge'),
    evaluateReports: record('evaluateReports'),
    evaluateCompare: record('evaluateCompare'),
    train: record('train'),
    trainPresets: record('trainPresets'),
    listRuns: record('listRuns'),
    showRun: record('showRun'),
    compareRuns: record('compareRuns'),
    plotRuns: record('plotRuns'),
  };
  const write = (text: string): void => void (outcome.out += text);
  const program = buildProgram(actions, '1.2.3', { out: write, err: write }, (code) => (outcome.exitCode = code));
  try {
    await program.parseAsync(argv, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    outcome.error = error;
  }
  return outcome;
}

const common = { json: false, verbose: false };
const onModel = ['--model', 'm', '--request', 'r'];
const running = { model: 'm', request: 'r', device: 'cpu', dtype: 'float32' };
const scoring = ['--plugins', 'task,./p', '--rollouts', 'r'];
const scored = { plugins: ['task', './p'], rollouts: 'r', grammar: 'reflective', deadlineMs: 60_000 };
const inputs = ['--annotations', 'a.csv', '--videos', 'v', '--out', 'o'];

describe('command lines', () => {
  it('dataset ingest, plain', async () => {
    const { action, options, exitCode } = await parse('dataset', 'ingest', ...inputs);
    expect(action).toBe('datasetIngest');
    expect(options).toEqual({ ...common, annotations: 'a.csv', videos: 'v', out: 'o', detach: false });
    expect(exitCode).toBe(7);
  });

  it('dataset ingest, with everything', async () => {
    const { options } = await parse(
      ...['dataset', 'ingest', ...inputs, '--format', 'jsonl', '--strict', '--fps', '0.5', '--source', 'ucf'],
      ...['--split', 'test', '--idempotency-key', 'k', '--detach', '--json', '--verbose'],
    );
    expect(options).toEqual({
      ...{ annotations: 'a.csv', videos: 'v', out: 'o', format: 'jsonl', strict: true, fps: 0.5, source: 'ucf' },
      ...{ split: 'test', idempotencyKey: 'k', detach: true, json: true, verbose: true },
    });
  });

  it.each([
    [['dataset', 'show', 'd'], 'datasetShow', { ...common, dir: 'd', limit: 3 }],
    [
      ['dataset', 'show', 'd', '--samples', '9', '--id', 'a:qa:0'],
      'datasetShow',
      { ...common, dir: 'd', limit: 9, id: 'a:qa:0' },
    ],
    [
      ['dataset', 'report', 'd', '--out', 'r.html', '--frames', '0'],
      'datasetReport',
      { ...common, dir: 'd', out: 'r.html', samples: 40, frames: 0 },
    ],
    [
      ['dataset', 'export', 'd', '--format', 'trl', '--out', 'o', '--no-parts'],
      'datasetExport',
      { ...common, dir: 'd', format: 'trl', out: 'o', parts: false },
    ],
    [
      ['dataset', 'import', 'p', '--format', 'srvau', '--out', 'o', '--splits', '0.5,0.25,.25'],
      'datasetImport',
      { ...common, path: 'p', format: 'srvau', out: 'o', salt: 'srvau', splits: { train: 0.5, val: 0.25, test: 0.25 } },
    ],
    [['dataset', 'show', 'd', '--limit', '0', '--json'], 'datasetShow', { ...common, json: true, dir: 'd', limit: 0 }],
    [['jobs', 'ls'], 'listJobs', { ...common, limit: 20 }],
    [
      ['jobs', 'ls', '--state', 'failed', '--kind', 'k'],
      'listJobs',
      { ...common, limit: 20, state: 'failed', kind: 'k' },
    ],
    [['jobs', 'show', 'id'], 'showJob', { ...common, jobId: 'id' }],
    [['jobs', 'watch', 'id', '--json'], 'watchJob', { ...common, json: true, jobId: 'id' }],
    [['jobs', 'cancel', 'id'], 'cancelJob', { ...common, jobId: 'id' }],
    [['synth', 'check', 'd', '--json'], 'synthCheck', { json: true, dir: 'd', maxClips: 2000 }],
    [['jobs', 'resume', 'id', '-w'], 'resumeJob', { ...common, jobId: 'id', watch: true }],
    [['doctor', '--json'], 'doctor', { ...common, json: true }],
    [['request', 's.x'], 'request', { ...common, subject: 's.x', timeoutMs: 10_000 }],
    [['request', 's.x', '-', '--timeout-ms', '5'], 'request', { ...common, subject: 's.x', body: '-', timeoutMs: 5 }],
    [
      ['up'],
      'up',
      { ...common, services: ['dataset', 'training', 'reward', 'evaluation'], portBase: 7101, logs: false },
    ],
    [
      ['up', '--services', 'reward, dataset,reward', '--port-base', '0', '--logs'],
      'up',
      { ...common, services: ['dataset', 'reward'], portBase: 0, logs: true },
    ],
    [
      ['model', 'init', '--config', 'c', '--out', 'o'],
      'modelInit',
      { ...common, config: 'c', out: 'o', seed: 0, dtype: 'float32' },
    ],
    [['model', 'info', 'd', '--hash'], 'modelInfo', { ...common, dir: 'd', hash: true }],
    [['model', 'logprobs', ...onModel, '--out', 'o'], 'modelLogprobs', { ...common, ...running, out: 'o' }],
    [['model', 'generate', ...onModel], 'modelGenerate', { ...common, ...running, greedy: false }],
    [
      [
        ...['model', 'generate', ...onModel, '--n', '4', '--temperature', '0.5', '--top-p', '0.9', '--top-k', '0'],
        ...['--max-new-tokens', '7', '--seed', '9', '--device', 'cuda:1', '--dtype', 'bfloat16', '--out', 'o'],
      ],
      'modelGenerate',
      {
        ...{
          ...common,
          ...running,
          greedy: false,
          n: 4,
          temperature: 0.5,
          topP: 0.9,
          topK: 0,
          maxNewTokens: 7,
          seed: 9,
        },
        ...{ device: 'cuda:1', dtype: 'bfloat16', out: 'o' },
      },
    ],
    [['plugin', 'list'], 'listPlugins', { ...common, plugins: [] }],
    [['plugin', 'list', '--plugins', 'a, ./b,a'], 'listPlugins', { ...common, plugins: ['a', './b'] }],
    [['plugin', 'test', './p', '--json'], 'testPlugin', { ...common, json: true, path: './p', deadlineMs: 10_000 }],
    [['plugin', 'test', 'p', '--deadline-ms', '5'], 'testPlugin', { ...common, path: 'p', deadlineMs: 5 }],
    [['plugin', 'new', 'brevity', '--out', 'o'], 'newPlugin', { ...common, id: 'brevity', out: 'o' }],
    [['reward', 'score', ...scoring], 'rewardScore', { ...common, ...scored }],
    [
      ['reward', 'score', ...scoring, '--grammar', 'single', '--deadline-ms', '50', '--options', '{}'],
      'rewardScore',
      { ...common, ...scored, grammar: 'single', deadlineMs: 50, options: '{}' },
    ],
    [
      ['evaluate', 'judge', '--items', 'i.jsonl', '--judge', 'openai:http://x/v1#j', '--repeats', '3'],
      'evaluateJudge',
      { items: 'i.jsonl', judge: 'openai:http://x/v1#j', repeats: 3, detach: false, json: false },
    ],
    [['evaluate', 'reports'], 'evaluateReports', { ...common, full: false, markdown: false }],
    [
      ['evaluate', 'reports', './r1', '--dir', 's3://b/reports', '--full'],
      'evaluateReports',
      { ...common, report: './r1', dir: 's3://b/reports', full: true, markdown: false },
    ],
    [
      ['evaluate', 'compare', 'a', 'b', '--resamples', '50', '--anyway'],
      'evaluateCompare',
      { ...common, first: 'a', second: 'b', resamples: 50, seed: 0, anyway: true },
    ],
    [
      ['evaluate', 'predict', 'v.mp4', '--question', 'Why?', '--option', 'a', '--option', 'b', '--prompt', 'direct'],
      'evaluatePredict',
      { ...common, video: 'v.mp4', question: 'Why?', option: ['a', 'b'], prompt: 'direct', stream: false },
    ],
    [
      ['evaluate', 'predict', 's3://b/v.mp4', '--model', 'native:m', '--temperature', '0.5', '--deadline-ms', '9'],
      'evaluatePredict',
      { ...common, video: 's3://b/v.mp4', model: 'native:m', temperature: 0.5, deadlineMs: 9 },
    ],
    [
      ['evaluate', 'run', '--model', 'native:m', '--dataset', 'd', '--tasks', 'tag,qa', '--thinking', 'without'],
      'evaluateRun',
      { ...common, model: 'native:m', dataset: 'd', tasks: ['qa', 'tag'], thinking: ['without'], detach: false },
    ],
    [
      ['evaluate', 'score', '--predictions', 'p', '--references', '-'],
      'evaluateScore',
      { ...common, predictions: 'p', references: '-', protocol: 'strict', resamples: 1_000, seed: 0 },
    ],
    [
      [
        ...['evaluate', 'score', '--predictions', 'p', '--references', 'r', '--protocol', 'vau-bench', '--seed', '5'],
        ...['--grammar', 'single', '--resamples', '0', '--json'],
      ],
      'evaluateScore',
      { ...common, json: true, protocol: 'vau-bench', grammar: 'single', resamples: 0, seed: 5 },
    ],
  ])('%j', async (argv, action, options) => {
    expect(await parse(...argv)).toMatchObject({ action, options, exitCode: 7 });
  });

  it.each([
    [['datset'], 'commander.unknownCommand', 'Did you mean dataset?'],
    [['dataset', 'ingst'], 'commander.unknownCommand', 'Did you mean ingest?'],
    [['dataset', 'ingest', ...inputs, '--strcit'], 'commander.unknownOption', 'Did you mean --strict?'],
    [['dataset', 'ingest'], 'commander.missingMandatoryOptionValue', '--annotations'],
    [['dataset', 'ingest', ...inputs, '--format', 'xml'], 'commander.invalidArgument', 'vau-bench, jsonl'],
    [['dataset', 'ingest', ...inputs, '--fps', 'many'], 'commander.invalidArgument', 'Expected a number above 0.'],
    [['dataset', 'ingest', ...inputs, '--fps', '-1'], 'commander.invalidArgument', 'Expected a number above 0.'],
    [['dataset', 'show'], 'commander.missingArgument', 'dir'],
    [['dataset', 'export', 'd', '--out', 'o'], 'commander.missingMandatoryOptionValue', '--format'],
    [['dataset', 'import', 'd', '--format', 'xml', '--out', 'o'], 'commander.invalidArgument', 'ms-swift'],
    [
      ['dataset', 'import', 'd', '--format', 'trl', '--out', 'o', '--splits', '0.8,0.3,-0.1'],
      'commander.invalidArgument',
      'add up to 1',
    ],
    [['dataset', 'show', 'a', 'b'], 'commander.excessArguments', 'Expected 1 argument but got 2'],
    [['jobs', 'ls', '--limit', '0'], 'commander.invalidArgument', 'a whole number from 1 to 1000'],
    [['jobs', 'ls', '--limit', '1e2'], 'commander.invalidArgument', 'a whole number from 1 to 1000'],
    [['jobs', 'ls', '--state', 'done'], 'commander.invalidArgument', 'succeeded'],
    [['model', 'init', '--config', 'c'], 'commander.missingMandatoryOptionValue', '--out'],
    [['model', 'generate', ...onModel, '--device', 'gpu'], 'commander.invalidArgument', 'cpu or cuda:N'],
    [['model', 'generate', ...onModel, '--dtype', 'int8'], 'commander.invalidArgument', 'float32, bfloat16'],
    [['model', 'generate', ...onModel, '--top-p', '0'], 'commander.invalidArgument', 'Expected a number'],
    [['model', 'generate', ...onModel, '--top-p', ''], 'commander.invalidArgument', 'Expected a number'],
    [
      ['model', 'generate', ...onModel, '--greedy', '--temperature', '1'],
      'commander.conflictingOption',
      "'--greedy' cannot be used with",
    ],
    [['plugin', 'new'], 'commander.missingArgument', 'id'],
    [['reward', 'score', '--plugins', 'task'], 'commander.missingMandatoryOptionValue', '--rollouts'],
    [['reward', 'score', ...scoring, '--plugins', 'task,'], 'commander.invalidArgument', 'names with commas between'],
    [['reward', 'score', ...scoring, '--grammar', 'x'], 'commander.invalidArgument', 'two-step'],
    [['reward', 'score', ...scoring, '--deadline-ms', '0'], 'commander.invalidArgument', 'a whole number from 1'],
    [['up', '--services', 'dataset,gateway'], 'commander.invalidArgument', 'dataset, training, reward, evaluation'],
  ])('%j is wrong usage', async (argv, code, message) => {
    const { error, action } = await parse(...argv);
    expect(action).toBeUndefined();
    expect(error?.code).toBe(code);
    expect(error?.message).toContain(message);
    expect(commanderExitCode(code, error?.exitCode ?? 0)).toBe(EXIT.usage);
  });

  it.each([[['--help']], [['dataset', 'ingest', '--help']], [['--version']], [['help', 'jobs']]])(
    '%j is no error',
    async (argv) => {
      const { error } = await parse(...argv);
      expect(commanderExitCode(error?.code ?? '', error?.exitCode ?? -1)).toBe(EXIT.ok);
    },
  );

  it('train, of both kinds', async () => {
    const where = ['--model', 'm', '--data', 'd', '--out', 'o'];
    const { action, options } = await parse('train', 'sft', ...where);
    expect(action).toBe('train');
    const plain = { ...common, kind: 'sft', model: 'm', data: 'd', out: 'o', resume: false, detach: false };
    expect(options).toEqual(plain);
    const settings = ['--set', 'a.b=1', '--set', 'c=x', '--learning-rate', '0', '--batch-size', '8', '--ranks', '2'];
    expect((await parse('train', 'grpo', ...where, ...settings, '--group-size', '8', '--resume')).options).toEqual({
      ...{ ...plain, kind: 'grpo', resume: true, set: ['a.b=1', 'c=x'] },
      ...{ learningRate: 0, batchSize: 8, ranks: 2, groupSize: 8 },
    });
    expect((await parse('train', 'sft', ...where, '--group-size', '8')).error?.code).toBe('commander.unknownOption');
    expect((await parse('train', 'presets')).options).toEqual(common);
    expect((await parse('train', 'presets', 'grpo')).options).toEqual({ ...common, name: 'grpo' });
  });

  it('runs', async () => {
    expect((await parse('runs', 'ls')).options).toEqual({ ...common, dir: '.' });
    expect((await parse('runs', 'show', 'r', '--metric', 'loss', '--metric', 'val/*')).options).toEqual({
      ...{ ...common, dir: 'r', events: 8, metric: ['loss', 'val/*'] },
    });
    expect((await parse('runs', 'compare', 'a', 'b')).options).toEqual({ ...common, dirs: ['a', 'b'] });
    expect((await parse('runs', 'plot', 'a', '--smooth', '0.6', '--out', 'x.svg')).options).toEqual({
      ...{ ...common, dirs: ['a'], smooth: 0.6, samples: 24, out: 'x.svg' },
    });
    expect((await parse('runs', 'plot', 'a', '--smooth', '1')).error?.message).toContain('from 0 to below 1');
    expect((await parse('runs', 'plot')).error?.code).toBe('commander.missingArgument');
  });

  it('shows the help of a command that needs a subcommand, as wrong usage', async () => {
    const { out, error } = await parse('jobs');
    expect(out).toContain('Usage: srvau jobs');
    expect(commanderExitCode(error?.code ?? '', error?.exitCode ?? 0)).toBe(EXIT.usage);
  });

  it('documents every exit code in --help', async () => {
    const { out } = await parse('--help');
    for (const [code, meaning] of EXIT_CODE_HELP) expect(out).toContain(`${String(code).padStart(3)}  ${meaning}`);
  });

  it('has examples in the help of every command', async () => {
    const commands = [
      ...[['up'], ['doctor'], ['dataset', 'ingest'], ['dataset', 'show']],
      ...['ls', 'show', 'watch', 'cancel', 'resume'].map((name) => ['jobs', name]),
      ...['init', 'info', 'logprobs', 'generate'].map((name) => ['model', name]),
      ...['list', 'test', 'new'].map((name) => ['plugin', name]),
      ['reward', 'score'],
    ];
    for (const command of commands) {
      expect((await parse(...command, '--help')).out).toContain(`  $ srvau ${command.join(' ')}`);
    }
  });
});

describe('commandPath', () => {
  it('names the deepest command that was meant', () => {
    const program = buildProgram({} as Actions, '0', { out: () => undefined, err: () => undefined }, () => undefined);
    expect(commandPath(program, ['dataset', 'ingest', '--annotations'])).toBe('srvau dataset ingest');
    expect(commandPath(program, ['dataset', 'nope'])).toBe('srvau dataset');
    expect(commandPath(program, [])).toBe('srvau');
  });
});
