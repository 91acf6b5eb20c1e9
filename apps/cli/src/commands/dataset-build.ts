import { BuildRequest, type BuildSummary, type JobAccepted, type JobRecord, parseDto } from '@srvau/contracts';
import { inspectDataset } from '@srvau/storage';
import { localPath, modelUri, toUri } from '../arguments/uri';
import { withJobs } from '../backend/backend';
import type { Io } from '../io';
import { tookText } from '../jobs/job-view';
import { seeThrough, waitForEnd } from '../jobs/see-through';
import { submitForDirectory } from '../jobs/submit-job';
import type { BuildOptions } from '../options';
import { buildSummaryText } from '../render/build-summary';

/** `srvau dataset build`: submits the job, follows it, prints its result. */
export async function datasetBuild(options: BuildOptions, io: Io): Promise<number> {
  const request = parseDto(BuildRequest, requestOf(options, io.cwd), 'srvau dataset build');
  return withJobs(io, async (backend) => {
    // Services on other machines see other disks: what is there is theirs to say.
    const dataset = localPath(request.dataset);
    if (backend.local && dataset !== undefined) await inspectDataset(dataset);
    const submit = (): Promise<JobAccepted> =>
      submitForDirectory(backend, 'build', request, (record) => waitForEnd(backend, record, io));
    return seeThrough(backend, submit, options, io, (record) => showSummary(record, options, io));
  });
}

function requestOf(options: BuildOptions, cwd: string): Record<string, unknown> {
  const { dataset, model, teacher, out, tasks, samples, maxAttempts, limit, seed, fps, maxPixels, teacherSees } =
    options;
  const { maxRecords, maxTokens, maxCostUsd, shardItems, acceptChanges, idempotencyKey } = options;
  const checks = {
    minSpanIou: options.minSpanIou,
    maxCopiedShare: options.maxCopiedShare,
    language: options.anyLanguage === true ? 'any' : undefined,
  };
  return {
    dataset: toUri(dataset, cwd, '--dataset'),
    model: modelUri(model, cwd),
    teacher: modelUri(teacher, cwd),
    out: toUri(out, cwd, '--out'),
    ...given({ tasks, samples, maxAttempts, limit, seed, fps, maxPixels, teacherSees, shardItems }),
    ...given({ acceptChanges, idempotencyKey, modelPrice: options.modelPrice, teacherPrice: options.teacherPrice }),
    ...given({
      modelSampling: group({
        temperature: options.temperature,
        topP: options.topP,
        maxNewTokens: options.maxNewTokens,
      }),
      teacherSampling: group({
        temperature: options.teacherTemperature,
        topP: options.teacherTopP,
        maxNewTokens: options.teacherMaxNewTokens,
      }),
      checks: group(checks),
      budget: group({ maxRecords, maxTokens, maxCostUsd }),
    }),
  };
}

function given(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

function group(fields: Record<string, unknown>): Record<string, unknown> | undefined {
  const there = given(fields);
  return Object.keys(there).length === 0 ? undefined : there;
}

function showSummary(record: JobRecord, { json }: BuildOptions, { terminal }: Io): void {
  const summary = record.result as BuildSummary;
  if (json) terminal.printJson(summary);
  else terminal.print(buildSummaryText(summary, tookText(record), terminal.colors));
}
