import type { IncomingMessage, ServerResponse } from 'node:http';
import { All, Controller, Header, HttpCode, MethodNotAllowedException, Post, Req, Res } from '@nestjs/common';
import { SrvauError } from '@srvau/contracts';
import { RewardPlugins } from '@srvau/reward-host';
import { readJsonBody, Readiness } from '@srvau/service';
import { RewardConfig } from '../reward-config';
import { requireScoring } from '../score/require-scoring';
import { Scorer } from '../score/scorer';
import { type GetRewardReply, toGetRewardReply } from './get-reward-reply';
import { readGetReward } from './get-reward-request';
import { readSettings } from './settings';

/** `POST /get_reward`, the remote reward protocol of OpenRLHF; see docs/rewards-from-other-trainers.md. */
@Controller()
export class GetRewardController {
  /** Answers that have not gone out yet. */
  private readonly underWay = new Set<Promise<unknown>>();

  constructor(
    private readonly scorer: Scorer,
    private readonly plugins: RewardPlugins,
    private readonly config: RewardConfig,
    private readonly readiness: Readiness,
  ) {
    readiness.beforeClosing(() => Promise.all(this.underWay));
  }

  @Post('get_reward')
  @HttpCode(200)
  @Header('Cache-Control', 'no-store')
  async getReward(
    @Req() request: IncomingMessage,
    @Res({ passthrough: true }) response: ServerResponse,
  ): Promise<GetRewardReply> {
    if (this.readiness.draining) throw new SrvauError('UNAVAILABLE', 'this process is about to end; ask another one');
    const settings = readSettings(request.url ?? '', this.config.rewardHttpFailure);
    const plugins = this.pluginsOf(settings.score.plugins);
    requireScoring(settings.weights.keys(), plugins, 'weights');
    const body = await readJsonBody(request, {
      ...{ limit: this.config.rewardHttpBytes, what: 'POST /get_reward' },
      advice: 'send fewer rollouts at a time, or raise SRVAU_REWARD_HTTP_BYTES',
    });
    if (response.closed) throw new SrvauError('CANCELLED', 'the caller closed the connection');
    // Only from here on: a caller who is still sending can be cut off, and must not hold up the end.
    const closed = new Promise<void>((done) => response.once('close', done));
    this.underWay.add(closed);
    void closed.finally(() => this.underWay.delete(closed));
    const rollouts = readGetReward(body);
    const gone = new AbortController();
    response.once('close', () => gone.abort(new SrvauError('CANCELLED', 'the caller closed the connection')));
    const scored = await this.scorer.score(Object.assign(settings.score, { plugins, rollouts }), gone.signal);
    return toGetRewardReply(scored, settings);
  }

  /** `GET` in a browser is how many look whether a service is there: it is, and says what it wants. */
  @All('get_reward')
  refuseOtherMethods(@Req() { method }: IncomingMessage, @Res({ passthrough: true }) response: ServerResponse): never {
    response.setHeader('Allow', 'POST');
    throw new MethodNotAllowedException(`/get_reward: expected the method POST, received ${method ?? 'none'}`);
  }

  /** The protocol sends rollouts one by one, so a plugin that compares those of a group has nothing to compare. */
  private pluginsOf(asked: readonly string[] | undefined): string[] {
    const loaded = this.plugins.list().map(({ info }) => info);
    const group = loaded.find(({ id, scope }) => scope === 'group' && asked?.includes(id) === true);
    if (group !== undefined) {
      const received = `${group.id}, which is of scope group; groups are whole over NATS only`;
      throw SrvauError.mismatch('INVALID_REQUEST', 'plugins', 'plugins of scope sample', received);
    }
    return asked === undefined ? loaded.filter(({ scope }) => scope === 'sample').map(({ id }) => id) : [...asked];
  }
}
