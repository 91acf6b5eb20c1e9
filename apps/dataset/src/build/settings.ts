import {
  type BuildBudget,
  type BuildRequest,
  type ModelIdentity,
  type ReflectInputs,
  type ReflectModelInput,
  ROLLOUT_TASKS,
  type RolloutTask,
  type SplitRule,
  type TokenPrice,
} from '@srvau/contracts';
import { DEFAULT_REVISION_LIMITS, policyPrompt, type RevisionLimits, constructionPrompt } from '@srvau/reasoning';
import { DEFAULT_SPLIT_RULE } from '@srvau/reflection-data';

/** What decides the text of a record. Going on under other settings would mix two datasets. */
export interface BuildSettings {
  readonly dataset: NonNullable<ReflectInputs['dataset']>;
  readonly initial: ReflectModelInput;
  readonly teacher: ReflectModelInput;
  readonly splits: SplitRule;
  readonly seed: number;
  readonly maxAttempts: number;
  readonly fps: number;
  readonly maxPixels: number | null;
  readonly teacherSees: 'video' | 'text';
  readonly limits: RevisionLimits;
  readonly modelPrice: TokenPrice | null;
  readonly teacherPrice: TokenPrice | null;
}

/** Which records there are to be; more of them may be asked for later. */
export interface BuildExtent {
  readonly tasks: readonly RolloutTask[];
  readonly samples: number;
  /** Null: all rows. */
  readonly limit: number | null;
}

export type Budget = Readonly<Required<{ [K in keyof BuildBudget]: Exclude<BuildBudget[K], undefined> | null }>>;

/** All that says what a finished directory holds. */
export interface BuiltFrom {
  readonly settings: BuildSettings;
  readonly extent: BuildExtent;
  readonly budget: Budget;
  /** Items of the plan. */
  readonly items: number;
}

const DEFAULT_MAX_ATTEMPTS = 3;
/** The paper's base model draws; greedy drawing would give each question one mistake, the same in every sample. */
const DEFAULT_TEMPERATURE = 1;

export function settingsOf(
  request: BuildRequest,
  dataset: BuildSettings['dataset'],
  models: { readonly initial: ModelIdentity; readonly teacher: ModelIdentity },
): BuildSettings {
  const prompts = promptHashes();
  return {
    dataset,
    initial: {
      model: models.initial,
      prompts: prompts.initial,
      sampling: { temperature: DEFAULT_TEMPERATURE, ...plain(request.modelSampling) },
    },
    teacher: { model: models.teacher, prompts: prompts.teacher, sampling: plain(request.teacherSampling) },
    splits: DEFAULT_SPLIT_RULE,
    seed: request.seed ?? 0,
    maxAttempts: request.maxAttempts ?? DEFAULT_MAX_ATTEMPTS,
    fps: request.fps ?? dataset.fps,
    maxPixels: request.maxPixels ?? null,
    teacherSees: request.teacherSees ?? 'video',
    limits: { ...DEFAULT_REVISION_LIMITS, ...plain(request.checks) },
    modelPrice: request.modelPrice === undefined ? null : { ...request.modelPrice },
    teacherPrice: request.teacherPrice === undefined ? null : { ...request.teacherPrice },
  };
}

export function extentOf({ tasks, samples, limit }: BuildRequest): BuildExtent {
  const wanted = tasks ?? ROLLOUT_TASKS;
  return { tasks: ROLLOUT_TASKS.filter((task) => wanted.includes(task)), samples: samples ?? 1, limit: limit ?? null };
}

export function budgetOf({ budget }: BuildRequest): Budget {
  const { maxRecords, maxTokens, maxCostUsd } = budget ?? {};
  return { maxRecords: maxRecords ?? null, maxTokens: maxTokens ?? null, maxCostUsd: maxCostUsd ?? null };
}

/** For the card of the dataset: how it was made, without how the work was dealt out. */
export function inputsOf({ settings, extent, budget, items }: BuiltFrom): ReflectInputs {
  const { dataset, initial, teacher, splits, ...rest } = settings;
  return { dataset, initial, teacher, splits, imported: [], settings: { ...rest, extent, budget, items } };
}

/** Wordings by id: a prompt's hash does not depend on what it is filled with. */
function promptHashes(): Record<'initial' | 'teacher', Record<string, string>> {
  const initial = { reasoning: '', answer: undefined };
  const qa = { task: 'qa', question: '?', options: ['1', '2'] } as const;
  const asked = [policyPrompt('initial', qa), policyPrompt('initial', { task: 'tag' })];
  const taught = [
    constructionPrompt({ ...qa, correctOption: 'A', initial }),
    constructionPrompt({ task: 'tag', span: undefined, initial }),
  ];
  const hashes = (prompts: readonly { id: string; hash: string }[]): Record<string, string> =>
    Object.fromEntries(prompts.map(({ id, hash }) => [id, hash]));
  return { initial: hashes(asked), teacher: hashes(taught) };
}

/** Without the class, and without fields that are not given. */
function plain<T extends object>(dto: T | undefined): Partial<T> {
  const entries: [string, unknown][] = Object.entries(dto ?? {});
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined)) as Partial<T>;
}
