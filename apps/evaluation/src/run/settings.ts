import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import {
  canonicalJson,
  type EvaluationProtocol,
  type EvaluationRunRequest,
  DEFAULT_RESAMPLES,
  type ModelIdentity,
  type ReportDataset,
  type TranscriptGrammar,
} from '@srvau/contracts';
import { withoutSecrets } from '@srvau/evaluation-report';
import { judgeSettings, type JudgeSettings, vauEvalPrompt } from '@srvau/judge';
import type { Dataset } from '@srvau/storage';
import { type Way, waysOf } from './ways';

/** A run's request with nothing left open. */
export interface RunSettings {
  readonly ways: readonly Way[];
  readonly seed: number;
  readonly sampling: { readonly temperature: number; readonly maxNewTokens: number; topP?: number; topK?: number };
  readonly fps: number;
  /** Null: what the model takes. */
  readonly maxPixels: number | null;
  readonly split: string | null;
  readonly limit: number | null;
  readonly protocol: EvaluationProtocol;
  /** Null: the last answer is the final one. */
  readonly grammar: TranscriptGrammar | null;
  readonly resamples: number;
  readonly published: boolean;
  /** Null where nothing is to be judged. */
  readonly judge: JudgeSettings | null;
}

/** What a request names, looked at. */
export interface RunInputs {
  readonly model: { readonly uri: string; readonly identity: ModelIdentity };
  readonly judge: { readonly uri: string; readonly identity: ModelIdentity } | null;
  readonly dataset: Dataset & { readonly path: string; readonly uri: string; readonly sha256: string };
}

const DEFAULT_MAX_NEW_TOKENS = 1024;
export const DEFAULT_CONCURRENCY = 16;

export function settingsOf(request: EvaluationRunRequest, { card }: Dataset): RunSettings {
  const { topP, topK, temperature = 0, maxNewTokens = DEFAULT_MAX_NEW_TOKENS } = request.sampling ?? {};
  const { seed = 0, judge } = request;
  return {
    ways: waysOf(request),
    seed,
    sampling: {
      ...{ temperature, maxNewTokens },
      ...(topP === undefined ? {} : { topP }),
      ...(topK === undefined ? {} : { topK }),
    },
    fps: request.fps ?? card.inputs.settings.fps,
    maxPixels: request.maxPixels ?? null,
    split: request.split ?? null,
    limit: request.limit ?? null,
    protocol: request.protocol ?? 'strict',
    grammar: request.grammar ?? null,
    resamples: request.resamples ?? DEFAULT_RESAMPLES,
    published: request.published ?? false,
    judge: judge === undefined ? null : judgeSettings({ repeats: judge.repeats, seed }),
  };
}

/** For the report: all that decides its figures beside model and dataset, which it tells by themselves. */
export function shownSettings(settings: RunSettings, { judge }: RunInputs, batch: number | null): object {
  const { ways, judge: judging, ...rest } = settings;
  return {
    ...rest,
    ways: ways.map(({ task, thinking, prompt }) => ({ task, thinking, prompt: prompt.id })),
    // Of batches that are composed otherwise, sums may be rounded otherwise.
    ...{ batch, judge: judge && { ...judge, uri: withoutSecrets(judge.uri), ...judging, prompt: vauEvalPrompt() } },
  };
}

/**
 * Under what answers of a former run may be kept: everything that decides what a model says to a question. Questions, with the
 * wording of their prompts, are told apart by their keys. Where questions are computed in batches, all of them count.
 */
export function answersKey(settings: RunSettings, { model, dataset }: RunInputs, batch: number | null): string {
  const { ways, seed, sampling, fps, maxPixels, split, limit } = settings;
  const all = batch === null ? null : { batch, split, limit, ways: ways.map(({ prompt }) => prompt.hash) };
  return hash({ model: model.identity, dataset: dataset.sha256, seed, sampling, fps, maxPixels, all });
}

export function hash(value: unknown): string {
  return createHash('sha256').update(canonicalJson(value)).digest('hex').slice(0, 16);
}

export function reportDataset(
  { dataset }: RunInputs,
  { split }: RunSettings,
  rows: number,
  excluded: ReportDataset['excluded'],
): ReportDataset {
  const { uri, path, sha256 } = dataset;
  return { uri, name: basename(path), hash: `sha256:${sha256}`, split, rows, excluded };
}
