import { join } from 'node:path';
import { Module, type OnModuleDestroy } from '@nestjs/common';
import { LocalVideos, ModelPool } from '@srvau/model-pool';
import { artifactOptions } from '@srvau/service';
import { ArtifactStore } from '@srvau/storage';
import { EvaluationConfig } from './evaluation-config';
import { HTTP_CONTROLLERS } from './http/http-routes';
import { OpenApiHttpController } from './http/openapi-http.controller';
import { Judge } from './judge/judge';
import { JudgeController } from './judge/judge.controller';
import { PredictController } from './predict/predict.controller';
import { Predictor } from './predict/predictor';
import { ReportPlace } from './report-place';
import { Reports } from './reports/reports';
import { ReportsController } from './reports/reports.controller';
import { RunController } from './run/run.controller';
import { Runs } from './run/runs';
import { ScoreController } from './score/score.controller';
import { ScoreThreads } from './score/score-threads';
import { Scoring } from './score/scoring';

/** Callers who predict now and then should not wait for weights each time. */
const MODEL_IDLE_MS = 10 * 60_000;

/** Endpoints and job handlers of the evaluation service; those that every service has come with `runService`. */
@Module({
  controllers: [
    JudgeController,
    PredictController,
    ReportsController,
    RunController,
    ScoreController,
    ...HTTP_CONTROLLERS,
    OpenApiHttpController,
  ],
  providers: [
    Judge,
    Predictor,
    Reports,
    Runs,
    Scoring,
    {
      provide: ScoreThreads,
      inject: [EvaluationConfig],
      useFactory: (config: EvaluationConfig) => new ScoreThreads(artifactOptions(config)),
    },
    {
      provide: ArtifactStore,
      inject: [EvaluationConfig],
      useFactory: (config: EvaluationConfig) => new ArtifactStore(artifactOptions(config)),
    },
    {
      provide: ReportPlace,
      inject: [EvaluationConfig],
      useFactory: (config: EvaluationConfig) => ReportPlace.of(config),
    },
    {
      // Whoever waits for models that are away does so by itself, and says so.
      provide: ModelPool,
      inject: [EvaluationConfig],
      useFactory: ({ modelEndpoints }: EvaluationConfig) =>
        new ModelPool({ idleMs: MODEL_IDLE_MS, openai: { endpoints: modelEndpoints, settings: { attempts: 3 } } }),
    },
    {
      provide: LocalVideos,
      inject: [ArtifactStore, EvaluationConfig],
      useFactory: (store: ArtifactStore, { home }: EvaluationConfig) =>
        new LocalVideos(store, join(home, 'evaluation-videos')),
    },
  ],
})
export class EvaluationModule implements OnModuleDestroy {
  constructor(
    private readonly store: ArtifactStore,
    private readonly scoring: ScoreThreads,
    private readonly models: ModelPool,
    private readonly reports: ReportPlace,
  ) {}

  async onModuleDestroy(): Promise<void> {
    await this.models[Symbol.asyncDispose]();
    await this.scoring.close();
    await this.reports.store.close();
    await this.store.close();
  }
}
