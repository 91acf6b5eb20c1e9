import { join } from 'node:path';
import { Module, type OnModuleDestroy } from '@nestjs/common';
import { artifactOptions } from '@srvau/service';
import { ArtifactStore } from '@srvau/storage';
import { FrameCache } from '@srvau/video';
import { DatasetConfig } from './dataset-config';
import { IngestController } from './ingest.controller';

@Module({
  controllers: [IngestController],
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
  ],
})
export class DatasetModule implements OnModuleDestroy {
  constructor(private readonly store: ArtifactStore) {}

  onModuleDestroy(): Promise<void> {
    return this.store.close();
  }
}
