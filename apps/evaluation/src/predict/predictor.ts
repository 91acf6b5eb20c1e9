import { fileURLToPath } from 'node:url';
import { Inject, Injectable } from '@nestjs/common';
import {
  DEFAULT_PREDICT_DEADLINE_MS,
  type EvaluationPredictReply,
  type EvaluationPredictRequest,
  inField,
  SrvauError,
  type StructuredLog,
} from '@srvau/contracts';
import { Limiter, LocalVideos, messagesOf, ModelPool, requestFaultOf, resolveModel } from '@srvau/model-pool';
import { Readiness, SERVICE_LOG } from '@srvau/service';
import { ArtifactStore } from '@srvau/storage';
import { probeVideo } from '@srvau/video';
import { EvaluationConfig } from '../evaluation-config';
import { Places } from '../load/places';
import { Deadline } from './deadline';
import { Draining } from './draining';
import { promptOf } from './question';
import { readPrediction } from './read-prediction';

export interface PredictOptions {
  /** Whoever waits has gone. */
  signal: AbortSignal;
  /** One more piece of the transcript, whole characters. */
  onToken?: (text: string) => void;
  /** The pieces so far are void: the endpoint broke off and is asked again. */
  onRestart?: () => void;
}

/** Frames a second where a request does not say (paper, Sec. 4.1). */
const DEFAULT_FPS = 1;
/** ffprobe at once; they are short. */
const PROBES_AT_ONCE = 4;

/** Asks a model about one video while somebody waits. */
@Injectable()
export class Predictor {
  /** By model: a slow one must not use up the places of the others. */
  private readonly places = new Map<string, Places>();
  private readonly probes = new Limiter(PROBES_AT_ONCE);
  private readonly draining: Draining;

  constructor(
    private readonly store: ArtifactStore,
    private readonly models: ModelPool,
    private readonly videos: LocalVideos,
    private readonly config: EvaluationConfig,
    readiness: Readiness,
    @Inject(SERVICE_LOG) private readonly log: StructuredLog,
  ) {
    this.draining = new Draining(readiness, config.drainMs);
  }

  /**
   * @throws SrvauError naming the field of the request: INVALID_REQUEST, FORBIDDEN, NOT_FOUND, UNPROCESSABLE. BUSY: as many
   *   wait for the model as may. UNAVAILABLE: the model is away, or the service stops. DEADLINE_EXCEEDED. The signal's reason
   */
  async predict(request: EvaluationPredictRequest, options: PredictOptions): Promise<EvaluationPredictReply> {
    const deadlineMs = request.deadlineMs ?? DEFAULT_PREDICT_DEADLINE_MS;
    using deadline = new Deadline(deadlineMs, [options.signal, this.draining.signal]);
    // What is wrong with the words is told before anything is opened.
    promptOf(request, undefined);
    const named = this.modelOf(request);
    const uri = await inField('model', () => resolveModel(named, 'model', this.store));
    const ask = (): Promise<EvaluationPredictReply> => this.ask(request, uri, { ...options, signal: deadline.signal });
    return await this.draining.holding(() => this.inPlace(uri, ask));
  }

  private modelOf({ model }: EvaluationPredictRequest): string {
    const uri = model ?? this.config.evaluationModel;
    if (uri !== undefined) return uri;
    const expected = 'the URI of a model, as SRVAU_EVALUATION_MODEL names none';
    throw SrvauError.mismatch('INVALID_REQUEST', 'model', expected, 'nothing');
  }

  private async inPlace<T>(uri: string, work: () => Promise<T>): Promise<T> {
    const full = (underWay: number): string => `${underWay} predictions of this model are under way or wait`;
    const places = this.places.get(uri) ?? new Places({ most: this.config.predictQueue, full });
    this.places.set(uri, places);
    try {
      return await places.run(work);
    } finally {
      // Callers make URIs up.
      if (places.empty && this.places.get(uri) === places) this.places.delete(uri);
    }
  }

  private async ask(
    request: EvaluationPredictRequest,
    uri: string,
    { signal, onToken, onRestart }: PredictOptions,
  ): Promise<EvaluationPredictReply> {
    const came = performance.now();
    using lease = await inField('model', () => this.models.acquire(uri, signal));
    const { model } = lease;
    if (model.identity.backend === 'scripted') {
      throw SrvauError.mismatch('INVALID_REQUEST', 'model', 'a model that looks at videos', 'a scripted one');
    }
    await using video = await inField('video', () => this.videos.open(request.video, signal));
    const durationSec = await this.durationOf(video.uri, signal);
    const prompt = promptOf(request, durationSec);
    const { fps = DEFAULT_FPS, maxPixels = null } = request;
    const messages = messagesOf(prompt, video.uri, { fps, maxPixels });
    const { completion, usage, queuedMs, generateMs } = await model
      .askNow(
        { messages, sampling: { temperature: 0, ...request.sampling } },
        { signal, ...(onToken && { onToken: ({ text }) => onToken(text) }), ...(onRestart && { onRestart }) },
      )
      .catch((error: unknown) => Promise.reject(ofWords(ofVideo(error))));
    const { text, reasoning, finishReason } = completion;
    const { task, grammar, id, hash } = prompt;
    const totalMs = performance.now() - came;
    this.log.debug({ model: model.identity.model, task, totalMs, finishReason }, 'predicted');
    return {
      model: model.identity,
      prompt: { id, hash },
      ...{ task, video: { durationSec: durationSec ?? null } },
      ...{ transcript: text, reasoning: reasoning ?? null },
      ...readPrediction(text, { task, grammar, durationSec, options: request.options?.length ?? 0 }),
      ...{ finishReason, usage: usage ?? null },
      timings: { queuedMs: round(queuedMs), generateMs: round(generateMs), totalMs: round(totalMs) },
    };
  }

  /** Tells early, too, what is no video, or too much of one. */
  private async durationOf(uri: string, signal: AbortSignal): Promise<number | undefined> {
    try {
      const file = fileURLToPath(uri);
      const { durationSec } = await this.probes.run(() => probeVideo(file, { signal }), { lane: 'short', signal });
      return durationSec > 0 ? durationSec : undefined;
    } catch (error) {
      throw ofVideo(error);
    }
  }
}

/** The fault of a video under the name of its field; where it lies in this process is nobody's business. */
function ofVideo(error: unknown): unknown {
  const fault = requestFaultOf(error);
  if (fault?.of !== 'video' || !(error instanceof SrvauError)) return error;
  const details = error.details.map((detail) => ({ ...detail, field: 'video' }));
  return new SrvauError(error.code, `video: ${fault.detail}`, { details, cause: error });
}

const WORDS = /^messages\[\d+\]\.content\[\d+\]\.text$/;

/** Of what is said to a model only the question and its options are a caller's words. */
function ofWords(error: unknown): unknown {
  if (!(error instanceof SrvauError) || !error.details.some(({ field }) => WORDS.test(field))) return error;
  const details = error.details.map((detail) => ({ ...detail, field: 'question' }));
  const said = details.map(({ expected, received }) => `expected ${expected}, received ${received}`);
  return new SrvauError(error.code, `question: ${said.join('; ')}`, { details, cause: error });
}

const round = (ms: number): number => Math.round(ms * 10) / 10;
