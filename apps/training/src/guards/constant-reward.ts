import { type Detector, streak } from './detector';

/**
 * A component whose scores have all been one and the same number, over all rollouts of the window, teaches nothing: a
 * plugin that looks at the wrong field, or a policy that has found how to please it. So does one that never scores.
 */
export function constantReward(component: string, window: number): Detector {
  return {
    warning: 'constant-reward',
    key: `constant-reward/${component}`,
    look(seen, state) {
      const { min = null, max = null } = seen.rewards[component] ?? {};
      const isConstant = min === max;
      const goesOn = isConstant && (state === undefined || state['value'] === min || state['steps'] === 0);
      // A step that is constant at another value begins a window of its own.
      const steps = goesOn ? streak(state, true) : isConstant ? 1 : 0;
      return { state: { steps, value: min }, alarm: steps >= window ? messageOf(component, min, window) : null };
    },
  };
}

function messageOf(component: string, value: number | null, window: number): string {
  return value === null
    ? `the reward ${component} has scored no rollout of the last ${window} steps`
    : `the reward ${component} has been ${value} for every rollout of the last ${window} steps`;
}
