import { Module, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import type { StructuredLog } from '@srvau/contracts';
import { NatsLink } from '@srvau/messaging';
import { RewardPlugins } from '@srvau/reward-host';
import { SERVICE_LOG } from '@srvau/service';
import { RewardMetrics } from './metrics/reward-metrics';
import { natsPluginInfo } from './nats-plugin/nats-plugin-info';
import { NatsRunner } from './nats-plugin/nats-runner';
import { GetRewardController } from './open-rlhf/get-reward.controller';
import { LoadPolicy } from './plugins/load-policy';
import { PluginControl } from './plugins/plugin-control';
import { PluginsController } from './plugins/plugins.controller';
import { SharedCatalog } from './plugins/shared-catalog';
import { RewardConfig } from './reward-config';
import { ScoreController } from './score/score.controller';
import { Scorer } from './score/scorer';

/** Endpoints and plugins of the reward service; what every service has comes with `runService`. */
@Module({
  controllers: [ScoreController, PluginsController, GetRewardController],
  providers: [
    RewardMetrics,
    Scorer,
    {
      provide: RewardPlugins,
      inject: [RewardConfig, NatsLink, SERVICE_LOG],
      useFactory: (config: RewardConfig, link: NatsLink, log: StructuredLog) =>
        new RewardPlugins({
          from: process.cwd(),
          limits: { memoryMb: config.rewardPluginMb, env: config.rewardPluginEnv },
          log: (level, message, fields) => log[level](fields, message),
          remote: async (manifest, { source, options }) =>
            new NatsRunner(natsPluginInfo(manifest, source, options), link),
        }),
    },
    {
      provide: PluginControl,
      inject: [RewardPlugins, RewardConfig, NatsLink, SERVICE_LOG],
      // The configured plugins are loaded before the service says that it is ready, or it does not start.
      useFactory: async (plugins: RewardPlugins, config: RewardConfig, link: NatsLink, log: StructuredLog) => {
        const catalog = new SharedCatalog(link, config.jetstreamReplicas);
        const control = new PluginControl(plugins, new LoadPolicy(config), catalog, process.cwd(), log);
        await control.loadConfigured(config.rewardPlugins);
        return control;
      },
    },
  ],
})
export class RewardModule implements OnApplicationBootstrap, OnModuleDestroy {
  constructor(
    private readonly control: PluginControl,
    private readonly scorer: Scorer,
  ) {}

  onApplicationBootstrap(): void {
    void this.control.follow();
  }

  /** NATS is closed by now, and what came over HTTP was answered before: at most callers who went away are left. */
  async onModuleDestroy(): Promise<void> {
    await this.scorer.idle();
    await this.control.close();
  }
}
