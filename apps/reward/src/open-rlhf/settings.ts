import { describe, parseDto, ScoreSettings, SrvauError } from '@srvau/contracts';

/** What a plugin that fails does to the request: it ends with an error, or goes on as if the plugin had abstained. */
export type OnFailure = 'abort' | 'abstain';

/** How `POST /get_reward` is to score. It stands in the URL, the only place that the protocol leaves to its users. */
export interface GetRewardSettings {
  score: ScoreSettings;
  /** By plugin id; 1 for those that are not named. */
  weights: ReadonlyMap<string, number>;
  onFailure: OnFailure;
}

const KNOWN = ['plugins', 'weights', 'grammar', 'options', 'deadlineMs', 'onFailure'] as const;
type Name = (typeof KNOWN)[number];

/**
 * Reads `?plugins=task,reflection&weights=reflection:0.5&grammar=…&options={…}&deadlineMs=…&onFailure=…`.
 * @throws SrvauError INVALID_REQUEST naming the parameter
 */
export function readSettings(url: string, defaultOnFailure: OnFailure): GetRewardSettings {
  const given = new URL(url, 'http://localhost').searchParams;
  const stranger = [...given.keys()].find((name) => !KNOWN.includes(name as Name));
  if (stranger !== undefined) throw mismatch(stranger, `one of the parameters ${KNOWN.join(', ')}`, stranger);
  for (const name of KNOWN) {
    if (given.getAll(name).length > 1) throw mismatch(name, 'the parameter once', given.getAll(name).join('&'));
  }
  const value = (name: Name): string | undefined => given.get(name) ?? undefined;
  const plugins = value('plugins')
    ?.split(',')
    .map((id) => id.trim());
  const plain = {
    plugins,
    grammar: value('grammar'),
    options: readOptions(value('options')),
    deadlineMs: readNumber(value('deadlineMs')),
  };
  return {
    score: parseDto(ScoreSettings, plain, 'POST /get_reward: the URL'),
    weights: readWeights(value('weights')),
    onFailure: readOnFailure(value('onFailure'), defaultOnFailure),
  };
}

/** Weights go by name: in the order of some list they would sooner or later go to the wrong plugin. */
function readWeights(text: string | undefined): ReadonlyMap<string, number> {
  const weights = new Map<string, number>();
  for (const part of text?.split(',') ?? []) {
    const [id = '', number = ''] = part.split(':').map((piece) => piece.trim());
    const weight = number === '' ? NaN : Number(number);
    if (id === '' || !Number.isFinite(weight))
      throw mismatch('weights', 'plugin:number, with "," between several', part);
    if (weights.has(id)) throw mismatch('weights', 'each plugin once', part);
    weights.set(id, weight);
  }
  return weights;
}

function readOnFailure(text: string | undefined, otherwise: OnFailure): OnFailure {
  if (text === undefined) return otherwise;
  if (text === 'abort' || text === 'abstain') return text;
  throw mismatch('onFailure', 'abort or abstain', text);
}

function readOptions(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    throw mismatch('options', 'JSON, {"<plugin>": {"<option>": …}}', text);
  }
}

/** A text that is no number stays one, so that validation says what was expected. */
const readNumber = (text: string | undefined): unknown =>
  text !== undefined && /^\d+$/.test(text) ? Number(text) : text;

function mismatch(parameter: string, expected: string, received: string): SrvauError {
  return SrvauError.mismatch('INVALID_REQUEST', parameter, expected, describe(received));
}
