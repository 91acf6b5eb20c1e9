import { GrpoWorld } from '../../test/grpo-world';
import { ScoringDouble } from '../../test/scoring-double';

let grpo: GrpoWorld;
beforeAll(async () => (grpo = await GrpoWorld.make()));
afterEach(() => grpo.closeAll());
afterAll(() => grpo.tiny.dispose());

const never = new AbortController().signal;

describe('an abort', () => {
  const reason = new Error('enough');

  const phases = ['while completions are drawn', 'while they are scored', 'while the service is away'];
  it.each(phases.flatMap((phase) => [[phase, 'step'] as const, [phase, 'validate'] as const]))(
    '%s ends the %s',
    async (phase, work) => {
      const services = new ScoringDouble();
      const maxNewTokens = phase.includes('drawn') ? 4000 : 12;
      const rollout = { groupSize: 4, promptsPerStep: 4, maxNewTokens };
      const objective = await grpo.open({ rollout, validation: { every: 1 } }, { services });
      const controller = new AbortController();
      if (phase.includes('scored')) {
        services.before = (_, signal) =>
          new Promise((_resolve, reject) => {
            signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
            controller.abort(reason);
          });
      }
      if (phase.includes('away')) services.isThere = false;
      if (!phase.includes('scored')) setTimeout(() => controller.abort(reason), 300);
      await expect(objective[work](0, controller.signal)).rejects.toBe(reason);
      // Nothing was left behind: it can be done.
      services.isThere = true;
      services.before = () => Promise.resolve();
      if (!phase.includes('drawn')) await objective[work](0, never);
    },
  );

  it('in the update leaves the trainer as it was before', async () => {
    const objective = await grpo.open({ iterations: 64 });
    const controller = new AbortController();
    const { trainer } = objective;
    const accumulate = trainer.accumulateGrpo.bind(trainer);
    let calls = 0;
    trainer.accumulateGrpo = (...args) => {
      if (++calls === 3) controller.abort(reason);
      return accumulate(...args);
    };
    await expect(objective.step(0, controller.signal)).rejects.toBe(reason);
    expect(calls).toBe(3);
  });
});
