import { connect, type Msg, type NatsConnection } from '@nats-io/transport-node';
import { type ScoreRequest, SrvauError, SUBJECTS } from '@srvau/contracts';
import type { ScoringDouble } from './scoring-double';

/** Answers the reward service's subjects on a NATS server, with what a double says. */
export class ScoringServer {
  private constructor(
    private readonly connection: NatsConnection,
    private readonly double: ScoringDouble,
  ) {}

  static async start(url: string, double: ScoringDouble): Promise<ScoringServer> {
    const server = new ScoringServer(await connect({ servers: url, reconnectTimeWait: 50 }), double);
    for (const subject of [SUBJECTS.rewardScore, SUBJECTS.rewardInfo] as const) {
      server.connection.subscribe(subject, {
        queue: 'srvau-reward',
        callback: (_error, message) => void server.#answer(subject, message),
      });
    }
    await server.connection.flush();
    return server;
  }

  /** At once, as if killed: what is being answered is not. */
  async stop(): Promise<void> {
    await this.connection.close();
  }

  async #answer(subject: typeof SUBJECTS.rewardScore | typeof SUBJECTS.rewardInfo, message: Msg): Promise<void> {
    const reply = await this.double
      .request(subject, message.json<ScoreRequest>())
      .catch((error: unknown) => ({ error: SrvauError.from(error).toWire() }));
    if (!this.connection.isClosed()) message.respond(JSON.stringify(reply));
  }
}
