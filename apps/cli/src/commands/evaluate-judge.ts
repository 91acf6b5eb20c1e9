import { randomUUID } from 'node:crypto';
import {
  EvaluationJudgeRequest,
  type EvaluationJudgeResult,
  type JobAccepted,
  type JobRecord,
  parseDto,
  SUBJECTS,
} from '@srvau/contracts';
import { modelUri, toUri } from '../arguments/uri';
import { withJobs } from '../backend/backend';
import type { EvaluateJudgeOptions } from '../evaluate/judge-options';
import { EXIT } from '../exit';
import type { Io } from '../io';
import { openJobView, tookText } from '../jobs/job-view';
import { seeThrough, waitForEnd } from '../jobs/see-through';
import { SUBMIT, submitForDirectory } from '../jobs/submit-job';
import { judgedText } from '../render/judged';

/** `srvau evaluate judge`: submits the job, follows it, prints its result. */
export async function evaluateJudge(options: EvaluateJudgeOptions, io: Io): Promise<number> {
  const request = parseDto(EvaluationJudgeRequest, requestOf(options, io.cwd), 'srvau evaluate judge');
  const { out } = request;
  return withJobs(io, async (backend) => {
    // A key of its own, so that the submission can be sent again where the answer to it is lost.
    const once = { ...request, idempotencyKey: request.idempotencyKey ?? randomUUID() };
    const submit = (): Promise<JobAccepted> =>
      out === undefined
        ? backend.client.request(SUBJECTS.evaluationJudge, once, SUBMIT)
        : submitForDirectory(backend, 'judge', { ...request, out }, (record) => waitForEnd(backend, record, io));
    let unscored = 0;
    const code = await seeThrough(backend, submit, options, io, (record) => (unscored = show(record, options, io)), {
      services: ['evaluation'],
      openView: () => openJobView(io.terminal),
      goOn: out === undefined ? 'give --out to go on from what is done' : 'the same command goes on from what is done',
    });
    return unscored > 0 ? EXIT.partial : code;
  });
}

function requestOf(options: EvaluateJudgeOptions, cwd: string): Record<string, unknown> {
  const { items, judge, out, repeats, temperature, maxNewTokens, seed, idempotencyKey } = options;
  const given = { repeats, temperature, maxNewTokens, seed, idempotencyKey };
  return {
    itemsUri: toUri(items, cwd, '--items'),
    judge: modelUri(judge, cwd),
    ...(out === undefined ? {} : { out: toUri(out, cwd, '--out') }),
    ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
  };
}

/** @returns items without marks */
function show(record: JobRecord, { json }: EvaluateJudgeOptions, { terminal }: Io): number {
  const result = record.result as EvaluationJudgeResult;
  if (json) terminal.printJson(result);
  else terminal.print(judgedText(result, tookText(record), terminal.colors));
  return result.unscored.count;
}
