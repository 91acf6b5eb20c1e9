/** How a judge is asked; goes into reports. */
export interface JudgeSettings {
  /** Times that each item is judged. */
  readonly repeats: number;
  readonly temperature: number;
  /** Of one reply. */
  readonly maxNewTokens: number;
  readonly seed: number;
}

/** The paper names no more than the judge; at temperature 0 it is asked for the likeliest marks. */
const DEFAULTS: JudgeSettings = { repeats: 1, temperature: 0, maxNewTokens: 1024, seed: 0 };

export function judgeSettings(given: { [K in keyof JudgeSettings]?: number | undefined } = {}): JudgeSettings {
  const { repeats, temperature, maxNewTokens, seed } = given;
  return {
    repeats: repeats ?? DEFAULTS.repeats,
    temperature: temperature ?? DEFAULTS.temperature,
    maxNewTokens: maxNewTokens ?? DEFAULTS.maxNewTokens,
    seed: seed ?? DEFAULTS.seed,
  };
}
