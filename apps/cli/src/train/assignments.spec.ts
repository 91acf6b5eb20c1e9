import { CliError, EXIT } from '../exit';
import { assigned, type Assignment, flagOf, parseAssignment } from './assignments';

it.each<[string, string, unknown]>([
  ['optimizer.learningRate=1e-5', 'optimizer.learningRate', 1e-5],
  ['prompt=two-step', 'prompt', 'two-step'],
  ['tasks=["qa"]', 'tasks', ['qa']],
  ['loss.delta=null', 'loss.delta', null],
  ['compute.recompute=false', 'compute.recompute', false],
  ['note=a=b', 'note', 'a=b'],
  ['note=', 'note', ''],
])('%s', (typed, path, value) => {
  expect(parseAssignment(typed)).toEqual({ path, value, flag: `--set ${path}` });
});

it.each(['steps', '=1', '.a=1', 'a..b=1', 'a b=1', '__proto__=1'])('refuses %j as wrong usage', (typed) => {
  const attempt = (): unknown => parseAssignment(typed);
  expect(attempt).toThrow(CliError);
  expect(attempt).toThrow(/^--set: expected path=value/);
  expect(attempt).toThrow(expect.objectContaining({ exitCode: EXIT.usage }));
});

const set = (path: string, value: unknown, flag = `--set ${path}`): Assignment => ({ path, value, flag });

it('lays settings over a configuration, in their order', () => {
  const file = { optimizer: { learningRate: 1, beta1: 0.8 }, tasks: ['qa', 'tag'] };
  const all = [set('optimizer.learningRate', 2), set('tasks', ['tag']), set('optimizer.learningRate', 3)];
  expect(assigned(file, all)).toEqual({ optimizer: { learningRate: 3, beta1: 0.8 }, tasks: ['tag'] });
  expect(file.optimizer.learningRate).toBe(1);
});

it('refuses one setting in two words', () => {
  expect(() => assigned({}, [set('seed', 1, '--seed'), set('seed', 1)])).toThrow(
    'seed: expected one value, received --seed and --set seed',
  );
});

it('finds the flag that said what is wrong', () => {
  const all = [set('optimizer', {}), set('optimizer.learningRate', 0, '--learning-rate'), set('reward.components', [])];
  expect(flagOf('optimizer.learningRate', all)).toBe('--learning-rate');
  expect(flagOf('optimizer.beta1', all)).toBe('--set optimizer');
  expect(flagOf('reward.components[0].plugin', all)).toBe('--set reward.components');
  expect(flagOf('optimizerx', all)).toBeUndefined();
});
