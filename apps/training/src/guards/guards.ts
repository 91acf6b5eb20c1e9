import type { GrpoWarning, GuardConfig } from '@srvau/contracts';
import type { Detector, DetectorState } from './detector';
import { detectorsOf } from './detectors';
import type { Observation } from './observation';

export interface GuardWarning {
  readonly warning: GrpoWarning;
  /** For people. */
  readonly message: string;
  /** The run is to end. */
  readonly stops: boolean;
}

/** Of all detectors, by their keys. Plain JSON: part of a checkpoint. */
export type GuardState = Readonly<Record<string, { readonly state: DetectorState; readonly told: boolean }>>;

/** Watches a run step by step. A warning is told once, and again only after it has cleared. */
export class Guards {
  readonly #detectors: readonly Detector[];
  readonly #stopOn: ReadonlySet<GrpoWarning>;
  #states: GuardState = {};

  /** @param components names of the rewards */
  constructor(config: GuardConfig, components: readonly string[]) {
    this.#detectors = detectorsOf(config, components);
    this.#stopOn = new Set(config.stopOn);
  }

  observe(seen: Observation): GuardWarning[] {
    const warnings: GuardWarning[] = [];
    const states: Record<string, GuardState[string]> = {};
    for (const { warning, key, look } of this.#detectors) {
      const before = this.#states[key];
      const { state, alarm } = look(seen, before?.state);
      if (alarm !== null && before?.told !== true) {
        warnings.push({ warning, message: alarm, stops: this.#stopOn.has(warning) });
      }
      states[key] = { state, told: alarm !== null };
    }
    this.#states = states;
    return warnings;
  }

  get state(): GuardState {
    return this.#states;
  }

  /** @param state as `state` gave it; detectors that it does not know begin anew */
  restore(state: GuardState): void {
    this.#states = state;
  }
}
