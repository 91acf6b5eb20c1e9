import { type EvaluationReport, REPORT_FILES, SrvauError } from '@srvau/contracts';
import { type ArtifactStore, joinUri } from '@srvau/storage';
import { checkReport } from '../read/check-report';
import { reportHtml } from '../render/html';
import { reportMarkdown } from '../render/markdown';

/** A report of a thousand classes and twenty sources has some two megabytes. */
const MAX_REPORT_BYTES = 32 * 1024 * 1024;

/** A report as JSON; equal reports give equal bytes. */
export const reportJson = (report: EvaluationReport): string => `${JSON.stringify(report, null, 2)}\n`;

/**
 * Writes a report's `report.md`, `report.html` and then `report.json`, each as a whole; what is there is replaced.
 * @param dir URI of its directory
 */
export async function writeReport(store: ArtifactStore, dir: string, report: EvaluationReport): Promise<void> {
  const write = (name: string, text: string, contentType: string): Promise<void> =>
    store.write(joinUri(dir, name), text, { contentType });
  await write(REPORT_FILES.markdown, reportMarkdown(report), 'text/markdown; charset=utf-8');
  await write(REPORT_FILES.html, reportHtml(report), 'text/html; charset=utf-8');
  await write(REPORT_FILES.report, reportJson(report), 'application/json');
}

/**
 * Reads and checks the report of a directory.
 * @throws SrvauError NOT_FOUND: there is none; UNPROCESSABLE: it is damaged, not one of ours, or of another version
 */
export async function readReport(store: ArtifactStore, dir: string, signal?: AbortSignal): Promise<EvaluationReport> {
  const uri = joinUri(dir, REPORT_FILES.report);
  const text = await store.readText(uri, { maxBytes: MAX_REPORT_BYTES, ...(signal === undefined ? {} : { signal }) });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    const received = cause instanceof Error ? cause.message : 'other text';
    throw SrvauError.mismatch('UNPROCESSABLE', uri, 'a report as JSON', received, { cause });
  }
  return checkReport(value, uri);
}
