// A rank that does as the test says, in place of a training: the test's words come in the request's `preset`.
// `die:1:SIGKILL` is for rank 1 alone; `die:SIGKILL` for all.
const say = (message) => new Promise((told) => process.send(message, told));
const event = (step, kind, message) => ({ type: 'event', event: { at: '2026-01-01T00:00:00Z', step, kind, message } });
const forEver = () => new Promise(() => setInterval(() => undefined, 60_000));
const failed = (code, byOthers) => ({ type: 'failed', error: { code, message: `rank says ${code}` }, byOthers });

process.on('disconnect', () => process.exit(9));
let told = () => undefined;
const stopped = new Promise((resolve) => (told = resolve));

process.on('message', async (message) => {
  if (message.type === 'stop') return told(message);
  const { rank, worldSize, port, spec } = message;
  if (rank === 0 && worldSize > 1) await say({ type: 'listening', port: 29_999 });
  const step = { why: spec.request.preset, rank, port, worldSize };
  await say(event(rank, 'started', JSON.stringify(step)));
  const [act, ...rest] = spec.request.preset.split(':');
  const isMine = rest.length < 2 || Number(rest[0]) === rank;
  const detail = rest.at(-1);
  if (isMine) await acts[act](detail, rank);
  else {
    const { why, because } = await stopped;
    if (because !== undefined) await say(event(rank, 'failed', because));
    await say(why === 'rank-failed' ? failed('UNAVAILABLE', true) : failed('CANCELLED', false));
    process.exit(1);
  }
});

const acts = {
  async finish(_detail, rank) {
    await say({ type: 'progress', progress: { stage: 'training', done: 1, total: 1, unit: 'steps' } });
    await say({ type: 'metrics', step: 1, values: { loss: Number.NaN } });
    if (rank === 0) await say({ type: 'done', summary: { kind: 'sft', steps: 1 } });
    process.exit(0);
  },
  async die(signal) {
    process.stderr.write('terminate called after throwing\n');
    process.kill(process.pid, signal);
    await forEver();
  },
  async exit(code) {
    process.exit(Number(code));
  },
  async fail(code) {
    await say(failed(code, false));
    process.exit(1);
  },
  // Rank 0 notices before the one that fails has said so.
  async blame(code, rank) {
    if (rank === 0) await say(failed('UNAVAILABLE', true));
    await stopped;
    if (rank !== 0) await say(failed(code, false));
    process.exit(1);
  },
  async obey() {
    const { why } = await stopped;
    await say({ ...failed('CANCELLED', false), error: { code: 'CANCELLED', message: why } });
    process.exit(1);
  },
  // Told to stop, rank 0 has just finished.
  async leave(_detail, rank) {
    if (rank !== 0) await forEver();
    await stopped;
    process.exit(0);
  },
  ignore: forEver,
};
