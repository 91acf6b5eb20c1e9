import { basename } from 'node:path';
import {
  EvaluationRunRequest,
  type EvaluationRunResult,
  type JobAccepted,
  type JobRecord,
  MAX_REPORT_NAME_CHARS,
  parseDto,
} from '@srvau/contracts';
import { inspectDataset } from '@srvau/storage';
import { localPath, modelUri, toUri } from '../arguments/uri';
import { withJobs } from '../backend/backend';
import type { EvaluateRunOptions } from '../evaluate/run-options';
import { EXIT } from '../exit';
import type { Io } from '../io';
import { openJobView, tookText } from '../jobs/job-view';
import { seeThrough, waitForEnd } from '../jobs/see-through';
import { submitForDirectory } from '../jobs/submit-job';
import { evaluationRunText } from '../render/evaluation-run';

/** `srvau evaluate run`: submits the job, follows it, prints its result. */
export async function evaluateRun(options: EvaluateRunOptions, io: Io): Promise<number> {
  const request = parseDto(EvaluationRunRequest, requestOf(options, io.cwd), 'srvau evaluate run');
  return withJobs(io, async (backend) => {
    // Services on other machines see other disks: what is there is theirs to say.
    const dataset = localPath(request.dataset);
    if (backend.local && dataset !== undefined) await inspectDataset(dataset);
    const submit = (): Promise<JobAccepted> =>
      submitForDirectory(backend, 'run', request, (record) => waitForEnd(backend, record, io));
    let failed = 0;
    const code = await seeThrough(backend, submit, options, io, (record) => (failed = show(record, options, io)), {
      services: ['evaluation'],
      openView: () => openJobView(io.terminal),
      goOn: 'the same command goes on from what is done',
    });
    return failed > 0 ? EXIT.partial : code;
  });
}

function requestOf(options: EvaluateRunOptions, cwd: string): Record<string, unknown> {
  const { tasks, thinking, prompt, split, limit, protocol, grammar, resamples, seed, fps, maxPixels } = options;
  const { concurrency, published, replace, idempotencyKey, judge, judgeRepeats } = options;
  const { temperature, topP, maxNewTokens } = options;
  const dataset = toUri(options.dataset, cwd, '--dataset');
  const model = modelUri(options.model, cwd);
  const sampling = given({ temperature, topP, maxNewTokens });
  return {
    ...{ name: options.name ?? nameOf(dataset, model), model, dataset },
    ...given({ tasks, thinking, prompt, split, limit, protocol, grammar, resamples, seed, fps, maxPixels }),
    ...given({ concurrency, published, replace, idempotencyKey }),
    ...(Object.keys(sampling).length === 0 ? {} : { sampling }),
    ...(judge === undefined ? {} : { judge: { model: modelUri(judge, cwd), ...given({ repeats: judgeRepeats }) } }),
  };
}

/** `msad-tiny-vl`: whoever evaluates one model on one dataset need not think of a name. */
function nameOf(dataset: string, model: string): string {
  const [, address = ''] = /^[a-z]+:(.*)$/s.exec(model) ?? [];
  const named = address.includes('#') ? address.slice(address.indexOf('#') + 1) : basename(address);
  const [modelName = ''] = named.split('?');
  const text = `${basename(new URL(dataset).pathname)}-${modelName === '' ? model.slice(0, model.indexOf(':')) : modelName}`;
  const words = text.toLowerCase().split(/[^a-z0-9]+/);
  return words
    .filter((word) => word !== '')
    .join('-')
    .slice(0, MAX_REPORT_NAME_CHARS)
    .replace(/-$/, '');
}

function given(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

/** @returns items without an answer, and descriptions without marks */
function show(record: JobRecord, { json }: EvaluateRunOptions, { terminal }: Io): number {
  const result = record.result as EvaluationRunResult;
  if (json) terminal.printJson(result);
  else terminal.print(evaluationRunText(result, tookText(record), terminal.colors));
  return result.missing + result.unscored;
}
