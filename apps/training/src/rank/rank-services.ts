import { join } from 'node:path';
import type { TrainingKind } from '@srvau/contracts';
import { LocalNats, natsConfigFromEnv, NatsLink, ServiceClient } from '@srvau/messaging';
import type { RankHost } from './run-rank';

export interface RankServices extends AsyncDisposable {
  readonly client: ServiceClient;
}

/** A rank's own way to other services. It connects with the first request; only GRPO makes any. */
export async function servicesOf(kind: TrainingKind, { config, log }: RankHost): Promise<RankServices> {
  const nats = natsConfigFromEnv(process.env);
  const local =
    kind === 'grpo' && nats.servers === undefined ? await LocalNats.attach(join(config.home, 'nats')) : undefined;
  if (local !== undefined) nats.servers = [local.url];
  const link = new NatsLink({ config: nats, name: 'srvau-training-rank', log });
  return {
    client: new ServiceClient(link),
    async [Symbol.asyncDispose]() {
      try {
        await link.drain();
      } finally {
        await local?.release();
      }
    },
  };
}
