import type { GrpoWarning, GuardConfig } from '@srvau/contracts';
import { constantReward } from './constant-reward';
import { type Detector, streak } from './detector';
import { formatCollapse } from './format-collapse';
import type { Observation } from './observation';

/** Everything that is watched. @param components names of the rewards */
export function detectorsOf(config: GuardConfig, components: readonly string[]): Detector[] {
  const { window, maxKl, maxMismatch, minEntropy, minLengthTokens, minFormatShare } = config;
  return [
    ...components.map((name) => constantReward(name, window)),
    atOnce('gradient-not-finite', ({ skippedUpdates }) =>
      skippedUpdates > 0 ? `the gradient was not finite: ${skippedUpdates} update(s) of this step were left out` : null,
    ),
    atOnce('kl-explodes', ({ kl }) =>
      kl !== undefined && kl > maxKl
        ? `the divergence from the reference is ${show(kl)} nats a token, above maxKl ${maxKl}`
        : null,
    ),
    atOnce('rollout-mismatch', ({ mismatch }) =>
      mismatch !== undefined && mismatch > maxMismatch
        ? `a token's log-probability differs by ${show(mismatch)} nats between sampling and training, above maxMismatch ${maxMismatch}`
        : null,
    ),
    inARow('format-rate-zero', window, ({ format }) =>
      format === 0 ? `no completion of the last ${window} steps follows the grammar` : null,
    ),
    inARow('entropy-collapse', window, ({ entropy }) =>
      entropy === undefined
        ? undefined
        : entropy < minEntropy
          ? `the entropy has been below ${minEntropy} nats a token for ${window} steps, now ${show(entropy)}`
          : null,
    ),
    inARow('length-collapse', window, ({ lengthTokens }) =>
      lengthTokens < minLengthTokens
        ? `completions have had fewer than ${minLengthTokens} tokens on average for ${window} steps, now ${show(lengthTokens)}`
        : null,
    ),
    formatCollapse(window, minFormatShare),
  ];
}

/** For what a single step shows beyond doubt. */
function atOnce(warning: GrpoWarning, fault: (seen: Observation) => string | null): Detector {
  return { warning, key: warning, look: (seen) => ({ state: {}, alarm: fault(seen) }) };
}

/** For what a single step may well show. @param fault undefined where the step tells nothing either way */
function inARow(
  warning: GrpoWarning,
  window: number,
  fault: (seen: Observation) => string | null | undefined,
): Detector {
  return {
    warning,
    key: warning,
    look(seen, state) {
      const found = fault(seen);
      // No evidence is no reason to count on, nor to begin anew.
      if (found === undefined) return { state: state ?? { steps: 0 }, alarm: null };
      const steps = streak(state, found !== null);
      return { state: { steps }, alarm: steps >= window ? found : null };
    },
  };
}

const show = (value: number): string => value.toPrecision(4);
