import { Controller } from '@nestjs/common';
import { readScoreRequest, type ScoreReply, ScoreRequest, SUBJECTS } from '@srvau/contracts';
import { Endpoint } from '@srvau/messaging';
import { Scorer } from './scorer';
import { toScoreColumn } from './score-column';

/** NATS callers cannot tell that they have given up. */
const NEVER = new AbortController().signal;

/** `srvau.reward.score` */
@Controller()
export class ScoreController {
  constructor(private readonly scorer: Scorer) {}

  @Endpoint({
    subject: SUBJECTS.rewardScore,
    request: ScoreRequest,
    read: readScoreRequest,
    summary: 'scores rollouts: one column for each plugin, with what it abstained from and where it failed',
  })
  async score(request: ScoreRequest): Promise<ScoreReply> {
    const { rows, lengthUnit, columns, timingsMs } = await this.scorer.score(request, NEVER);
    const parts = request.parts === true;
    return {
      rows,
      lengthUnit,
      columns: Object.fromEntries(columns.map((column) => [column.info.id, toScoreColumn(column, parts)])),
      timingsMs: {
        queued: round(timingsMs.queued),
        plugins: Object.fromEntries(columns.map(({ info, elapsedMs }) => [info.id, round(elapsedMs)])),
        total: round(timingsMs.total),
      },
    };
  }
}

/** To microseconds. */
const round = (ms: number): number => Math.round(ms * 1000) / 1000;
