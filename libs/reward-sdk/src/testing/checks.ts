import { isDeepStrictEqual } from 'node:util';
import { checkScores } from '../check-scores';
import { parseOptions } from '../define';
import type { Rollout } from '../rollout';
import type { ScoreOutcome } from '../score';
import { describeThrown } from '../thrown';
import { deepFreeze } from '../freeze';
import { toRollouts } from '../to-rollout';
import { expectGolden, expectSame } from './compare';
import { Mismatch } from './mismatch';
import { byGroup, groupBy, type Setting, type Subject } from './subject';

export interface ConformanceCheck {
  readonly name: string;
  /** @throws Mismatch, or SrvauError where the plugin does not even open */
  run(): Promise<void>;
}

type Check = (subject: Subject) => Promise<void>;

/** Everything that hosts, trainers and other people's batches rely on. One broken thing breaks as few as possible. */
const CHECKS: Readonly<Record<string, Check>> = {
  'golden values belong to its scoreVersion': async ({ plugin, golden }) => {
    if (golden.scoreVersion === plugin.scoreVersion) return;
    throw new Mismatch(`golden values of scoreVersion ${plugin.scoreVersion}`, `scoreVersion ${golden.scoreVersion}`);
  },
  'refuses an unknown option': async ({ plugin, settings }) => {
    for (const { options } of settings) {
      const given = { ...options, noSuchOptionAtAll: 1 };
      const accepted = await outcomeOf(() => parseOptions(plugin, given));
      if (accepted.ok) throw new Mismatch('a refusal of the unknown option noSuchOptionAtAll', 'no refusal');
    }
  },
  'answers an empty batch': forEachSetting(async (subject, setting) => {
    const { scores } = await subject.rawScores(setting, []);
    if (!Array.isArray(scores) || scores.length > 0)
      throw new Mismatch('an empty list', JSON.stringify(scores) ?? 'nothing');
  }),
  'answers every rollout, in range': forEachSetting(async (subject, setting) => {
    await subject.withInstance(setting, async (instance) => {
      expectAnswered(setting.rollouts, await subject.score(instance, setting.rollouts));
    });
  }),
  'withstands hostile completions': forEachSetting(async (subject, setting) => {
    await subject.withInstance(setting, async (instance) => {
      expectAnswered(setting.hostile, await subject.score(instance, setting.hostile));
    });
  }),
  'scores the same rollouts the same': forEachSetting(async (subject, setting) => {
    const { rollouts } = setting;
    const first = await subject.withInstance(setting, async (instance) => {
      const once = await subject.score(instance, rollouts);
      expectSame(rollouts, once, await subject.score(instance, rollouts));
      return once;
    });
    await subject.withInstance(setting, async (instance) => {
      expectSame(rollouts, first, await subject.score(instance, rollouts));
    });
  }),
  'scores the same however the batch is split': forEachSetting(async (subject, setting) => {
    await subject.withInstance(setting, async (instance) => {
      const whole = await subject.score(instance, setting.rollouts);
      const parts: ScoreOutcome[] = [];
      for (const part of splitUp(subject, setting.rollouts)) parts.push(...(await subject.score(instance, part)));
      expectSame(setting.rollouts, whole, parts);
    });
  }),
  'scores follow their rollouts': forEachSetting(async (subject, setting) => {
    await subject.withInstance(setting, async (instance) => {
      const whole = await subject.score(instance, setting.rollouts);
      const order = reordered(subject, setting.rollouts);
      const received = await subject.score(instance, order);
      const byId = new Map(order.map(({ id }, row) => [id, received[row]]));
      const back = setting.rollouts.map(({ id }) => byId.get(id) as ScoreOutcome);
      expectSame(setting.rollouts, whole, back);
    });
  }),
  'scores batches side by side': forEachSetting(async (subject, setting) => {
    await subject.withInstance(setting, async (instance) => {
      const parts = splitUp(subject, setting.rollouts).slice(0, 8);
      const alone: (readonly ScoreOutcome[])[] = [];
      for (const part of parts) alone.push(await subject.score(instance, part));
      const together = await Promise.all(parts.map((part) => subject.score(instance, part)));
      expectSame(parts.flat(), alone.flat(), together.flat());
    });
  }),
  'leaves its input as it is': forEachSetting(async (subject, setting) => {
    const before = structuredClone(setting.rollouts);
    const given = structuredClone(setting.rollouts) as Rollout[];
    // On frozen input, which is what hosts give, it fails in another check.
    await subject.withInstance(setting, (instance) => subject.score(instance, given));
    if (given.length !== before.length) throw new Mismatch(`${before.length} rollouts still`, `${given.length}`);
    for (const [row, rollout] of before.entries()) {
      const field = changedField(rollout, given[row]);
      if (field !== undefined) throw new Mismatch(`${field} as it was`, 'another value', `row ${row} (${rollout.id})`);
    }
  }),
  'scores are plain data': forEachSetting(async (subject, setting) => {
    const { batch, scores, range } = await subject.rawScores(setting, setting.rollouts);
    const text = await outcomeOf(() => JSON.stringify(scores));
    if (!text.ok) throw new Mismatch('scores that JSON can carry', describeThrown(text.thrown));
    const again = checkScores('scores', range, batch, JSON.parse(text.value));
    expectSame(batch, checkScores('scores', range, batch, scores), again);
  }),
  'ends when it is aborted': forEachSetting(async (subject, setting) => {
    await subject.withInstance(setting, async (instance) => {
      await subject.score(instance, setting.rollouts, AbortSignal.abort(new Error('aborted before it began')));
      const controller = new AbortController();
      const scores = subject.score(instance, setting.rollouts, controller.signal);
      controller.abort(new Error('aborted while it scored'));
      await scores;
    });
  }),
  'may be disposed of twice': forEachSetting(async (subject, { options }) => {
    const instance = await subject.open(options);
    for (const time of ['first', 'second']) {
      const ended = await outcomeOf(() => subject.close(instance));
      if (ended.ok) continue;
      if (ended.thrown instanceof Mismatch) throw ended.thrown;
      throw new Mismatch(`no error from the ${time} dispose()`, describeThrown(ended.thrown));
    }
  }),
  'instances share nothing': async (subject) => {
    const { settings } = subject;
    for (const [i, setting] of settings.entries()) {
      const other = settings[(i + 1) % settings.length] as Setting;
      await subject.withInstance(setting, async (instance) => {
        const before = await subject.score(instance, setting.rollouts);
        await subject.withInstance(other, (neighbour) => subject.score(neighbour, other.rollouts));
        expectSame(setting.rollouts, before, await subject.score(instance, setting.rollouts));
      });
    }
  },
};

/** All checks of a plugin: one for each golden case, and the general ones. */
export function conformanceChecks(subject: Subject): ConformanceCheck[] {
  const general = Object.entries(CHECKS).map(([name, check]) => ({ name, run: () => check(subject) }));
  const golden = subject.golden.cases.map(({ name, options, grammar, rollouts: rows, scores }) => ({
    name: `golden: ${name}`,
    run: () =>
      subject.withInstance({ options }, async (instance) => {
        const rollouts = deepFreeze(toRollouts(rows, { grammar }));
        expectGolden(rollouts, scores, await subject.score(instance, rollouts));
      }),
  }));
  return [...golden, ...general];
}

function forEachSetting(check: (subject: Subject, setting: Setting) => Promise<void>): Check {
  return async (subject) => {
    for (const setting of subject.settings) await check(subject, setting);
  };
}

function expectAnswered(rollouts: readonly Rollout[], outcomes: readonly ScoreOutcome[]): void {
  for (const [row, outcome] of outcomes.entries()) {
    if (outcome.kind !== 'failed') continue;
    throw new Mismatch('a score in range or an abstention', outcome.error, `row ${row} (${rollouts[row]?.id})`);
  }
}

/** The smallest batches that the plugin's scope allows. */
function splitUp({ plugin }: Subject, rollouts: readonly Rollout[]): Rollout[][] {
  return plugin.scope === 'sample' ? rollouts.map((rollout) => [rollout]) : groupBy(rollouts, ({ groupId }) => groupId);
}

/** Another order that the plugin's scope allows: backwards, and every second one first. */
function reordered({ plugin }: Subject, rollouts: readonly Rollout[]): Rollout[] {
  const backwards = [...rollouts].reverse();
  const order = [...backwards.filter((_, i) => i % 2 === 0), ...backwards.filter((_, i) => i % 2 === 1)];
  return plugin.scope === 'sample' ? order : byGroup(order);
}

function changedField(before: Rollout, after: Rollout | undefined): string | undefined {
  if (after === undefined) return 'the rollout';
  const fields = new Set([...Object.keys(before), ...Object.keys(after)]) as Set<keyof Rollout>;
  return [...fields].find((field) => !isDeepStrictEqual(before[field], after[field]));
}

type Outcome<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly thrown: unknown };

async function outcomeOf<T>(act: () => T | Promise<T>): Promise<Outcome<T>> {
  try {
    return { ok: true, value: await act() };
  } catch (thrown) {
    return { ok: false, thrown };
  }
}
