import { timeRow } from '../native/rows';
import type { BenchReport } from '../report';
import type { DirectAnswer, DirectStep } from './direct-request';
import type { Rounds } from './measure';
import type { ServiceRun } from './run-of-service';
import { meanOfBest } from './run-times';

type Row = BenchReport['rows'][number];
type Figures = [ours: number, peer: number, unit: string];
type Part = Exclude<keyof DirectStep, 'lengths'>;

const TARGET = { overhead: 0.08, overTrl: 2.5, saves: 0.05 };

export function rowsOf({ service, direct, ranks, trl }: Rounds): Row[] {
  const step = meanOfBest(service.map(({ steps }) => steps));
  const alone = meanOfBest(direct.map((answer) => secondsOf(answer, 'step')));
  const phase = (name: string): number => meanOfBest(service.map(({ phases }) => phases[name] ?? []));
  const part = (name: Exclude<Part, 'step'>, ours = phase(name)): Row =>
    beside(`  ${name}`, [1000 * ours, 1000 * meanOfBest(direct.map((answer) => secondsOf(answer, name))), 'ms']);
  return [
    atMost('GRPO step of the service, native calls alone', [step * 1000, alone * 1000, 'ms'], 1 + TARGET.overhead),
    part('generate'),
    part('reference'),
    part('update', phase('update') + phase('apply')),
    timeRow({ name: '  waiting for scores beyond that', ours: phase('score'), peer: undefined }),
    timeRow({ name: '  waiting for prompts and clips', ours: phase('prepare'), peer: undefined }),
    timeRow({ name: 'GRPO step of the service, TRL', ours: step, peer: trl?.seconds('step') }, TARGET.overTrl),
    timeRow({
      name: 'the same by two ranks of one thread, one rank of two',
      ours: meanOfBest(ranks.map(({ steps }) => steps)),
      peer: step,
    }),
    savesRow(service),
  ];
}

/** The worst round: what a disk does is no unrest of the machine, but what is asked. */
function savesRow(service: readonly ServiceRun[]): Row {
  const sum = (seconds: readonly number[]): number => seconds.reduce((total, value) => total + value, 0);
  const rounds = service.map(({ steps, saves }) => ({ saving: sum(saves), all: sum(saves) + sum(steps) }));
  const worst = rounds.reduce((a, b) => (b.saving / b.all > a.saving / a.all ? b : a));
  return atMost('checkpoints, the whole training', [worst.saving, worst.all, 's'], TARGET.saves);
}

/** What part of the peer's ours takes. */
function beside(name: string, [value, peer, unit]: Figures): Row & { ratio: number } {
  return { name, value, peer, unit, ratio: value / peer };
}

function atMost(name: string, figures: Figures, limit: number): Row {
  const row = beside(name, figures);
  return { ...row, target: `≤ ${limit}`, ok: row.ratio <= limit };
}

/** From the second step on, as those of a run are. */
const secondsOf = ({ steps }: DirectAnswer, part: Part): number[] => steps.slice(1).map((step) => step[part]);
