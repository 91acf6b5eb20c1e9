import { Module, type OnModuleDestroy } from '@nestjs/common';
import { artifactOptions } from '@srvau/service';
import { ArtifactStore } from '@srvau/storage';
import { TrainingConfig } from './training-config';
import { TrainingController } from './training.controller';
import { TrainingJobs } from './training-jobs';

@Module({
  controllers: [TrainingController],
  providers: [
    {
      provide: ArtifactStore,
      inject: [TrainingConfig],
      useFactory: (config: TrainingConfig) => new ArtifactStore(artifactOptions(config)),
    },
    TrainingJobs,
  ],
})
export class TrainingModule implements OnModuleDestroy {
  constructor(private readonly store: ArtifactStore) {}

  async onModuleDestroy(): Promise<void> {
    await this.store.close();
  }
}
