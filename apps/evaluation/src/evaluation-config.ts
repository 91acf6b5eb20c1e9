import {
  AreModelEndpoints,
  MODEL_ENDPOINTS_ENV,
  ServiceConfig,
  type ServiceConfigType,
  WholeNumber,
} from '@srvau/service';
import { IsOptional, IsString, Length, Matches } from 'class-validator';

/** Variables of the evaluation service beside those that every service has. */
export class EvaluationConfig extends ServiceConfig {
  @AreModelEndpoints()
  modelEndpoints: string[] = ['loopback'];

  @IsOptional()
  @IsString()
  @Length(1, 2_000)
  evaluationModel?: string;

  /** Without it `reports` in the state directory. */
  @IsOptional()
  @IsString()
  @Matches(/^(file:\/\/\/|s3:\/\/)\S+$/, { message: 'evaluationReports must be a file:///… or s3://bucket/prefix URI' })
  evaluationReports?: string;

  @WholeNumber(1, 100_000)
  predictQueue: number = 64;
}

export const EVALUATION_ENV: ServiceConfigType<EvaluationConfig>['env'] = {
  modelEndpoints: MODEL_ENDPOINTS_ENV,
  evaluationModel: {
    name: 'SRVAU_EVALUATION_MODEL',
    kind: 'string',
    doc: 'URI of the model that predicts where a request names none',
  },
  evaluationReports: {
    name: 'SRVAU_EVALUATION_REPORTS',
    kind: 'string',
    doc: 'file:///… or s3://bucket/prefix URI of the folder of reports; reports/ in SRVAU_HOME without it',
  },
  predictQueue: {
    name: 'SRVAU_PREDICT_QUEUE',
    kind: 'number',
    doc: 'predictions of one model that are under way or wait; beyond it callers are told BUSY',
  },
};
