import { join } from 'node:path';
import { Module, type OnModuleDestroy } from '@nestjs/common';
import { LocalVideos, ModelPool } from '@srvau/model-pool';
import { artifactOptions } from '@srvau/service';
import { ArtifactStore } from '@srvau/storage';
import { FrameCache } from '@srvau/video';
import { DatasetConfig } from './dataset-config';
import { BuildController } from './build.controller';
import { IngestController } from './ingest.controller';

@Module({
  controllers: [IngestController, BuildController],
  providers: [
    {
      provide: ArtifactStore,
      inject: [DatasetConfig],
      useFactory: (config: DatasetConfig) => new ArtifactStore(artifactOptions(config)),
    },
    {
      provide: FrameCache,
      inject: [DatasetConfig],
      useFactory: ({ home, frameCacheDir, frameCacheBytes }: DatasetConfig) =>
        new FrameCache(frameCacheDir ?? join(home, 'frames'), { maxBytes: frameCacheBytes }),
    },
    {
      // Builds wait for models that are away by themselves, and say so.
      provide: ModelPool,
      inject: [DatasetConfig],
      useFactory: ({ modelEndpoints }: DatasetConfig) =>
        new ModelPool({ openai: { endpoints: modelEndpoints, settings: { attempts: 3 } } }),
    },
    {
      provide: LocalVideos,
      inject: [ArtifactStore, DatasetConfig],
      useFactory: (store: ArtifactStore, { home }: DatasetConfig) => new LocalVideos(store, join(home, 'build-videos')),
    },
  ],
})
export class DatasetModule implements OnModuleDestroy {
  constructor(
    private readonly store: ArtifactStore,
    private readonly models: ModelPool,
  ) {}

  async onModuleDestroy(): Promise<void> {
    await this.models[Symbol.asyncDispose]();
    await this.store.close();
  }
}
