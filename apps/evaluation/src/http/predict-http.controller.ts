import { Controller, StreamableFile } from '@nestjs/common';
import {
  type EvaluationPredictReply,
  EvaluationPredictRequest,
  readEvaluationPredictRequest,
  SrvauError,
} from '@srvau/contracts';
import { Predictor } from '../predict/predictor';
import { EventStream } from './event-stream';
import { Caller, HttpCaller } from './http-caller';
import { HttpRoute } from './http-route';
import { JSON_TYPE } from './route-options';

const EVENTS_TYPE = 'text/event-stream';

@Controller()
export class PredictHttpController {
  constructor(private readonly predictor: Predictor) {}

  @HttpRoute({
    ...{ method: 'POST', path: '/v1/predict', operationId: 'predict' },
    summary: 'Asks a model about one video: a question with options, or whether and when anything anomalous happens',
    body: EvaluationPredictRequest,
    replies: {
      200: {
        description:
          'The answer; as events: `token` {"text"} for each piece of the transcript, `restart` {} where the pieces so far are void, ' +
          'and in the end `result` with the whole reply or `error` {"error"}. What fails before the first event is answered by its status.',
        content: { [JSON_TYPE]: 'EvaluationPredictReply', [EVENTS_TYPE]: 'text' },
      },
    },
    errors: [403, 404, 406, 422, 504],
  })
  async predict(@Caller() caller: HttpCaller): Promise<EvaluationPredictReply | StreamableFile> {
    const type = caller.wants([JSON_TYPE, EVENTS_TYPE]);
    const request = await caller.body(EvaluationPredictRequest, readEvaluationPredictRequest);
    if (type === JSON_TYPE) return this.predictor.predict(request, { signal: caller.signal });
    // Some proxies hold answers back until they are whole.
    caller.setHeader('X-Accel-Buffering', 'no');
    return this.stream(request, caller.signal);
  }

  private async stream(request: EvaluationPredictRequest, signal: AbortSignal): Promise<StreamableFile> {
    const events = new EventStream();
    const work = this.predictor
      .predict(request, {
        signal,
        onToken: (text) => events.send('token', { text }),
        onRestart: () => events.send('restart', {}),
      })
      .then(
        (reply) => events.send('result', reply),
        (error: unknown) => {
          if (!events.isOpen) throw error;
          events.send('error', { error: SrvauError.from(error).toWire() });
        },
      )
      .finally(() => events.end());
    await Promise.race([events.begun, work]);
    return new StreamableFile(events.readable, { type: `${EVENTS_TYPE}; charset=utf-8` });
  }
}
