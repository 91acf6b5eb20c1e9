import { Module, type OnModuleDestroy } from '@nestjs/common';
import { artifactOptions, ServiceConfig } from '@srvau/service';
import { ArtifactStore } from '@srvau/storage';
import { ScoreController } from './score/score.controller';

/** Endpoints and job handlers of the evaluation service; those that every service has come with `runService`. */
@Module({
  controllers: [ScoreController],
  providers: [
    {
      provide: ArtifactStore,
      inject: [ServiceConfig],
      useFactory: (config: ServiceConfig) => new ArtifactStore(artifactOptions(config)),
    },
  ],
})
export class EvaluationModule implements OnModuleDestroy {
  constructor(private readonly store: ArtifactStore) {}

  async onModuleDestroy(): Promise<void> {
    await this.store.close();
  }
}
