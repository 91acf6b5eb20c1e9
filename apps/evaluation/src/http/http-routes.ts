import { JobsHttpController } from './jobs-http.controller';
import { PredictHttpController } from './predict-http.controller';
import { ReportsHttpController } from './reports-http.controller';
import { routesOf } from './route-options';
import { ScoreHttpController } from './score-http.controller';
import { SubmitHttpController } from './submit-http.controller';

/** Each does over HTTP what an endpoint of the same name does over NATS. */
export const HTTP_CONTROLLERS = [
  ScoreHttpController,
  PredictHttpController,
  SubmitHttpController,
  JobsHttpController,
  ReportsHttpController,
];

export const HTTP_ROUTES = routesOf(HTTP_CONTROLLERS);
