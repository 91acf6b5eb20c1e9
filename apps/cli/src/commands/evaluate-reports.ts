import { documentOf, readReport, reportMarkdown, ReportStore } from '@srvau/evaluation-report';
import { MAX_REPORTS_LISTED } from '@srvau/contracts';
import type { EvaluateReportsOptions } from '../evaluate/report-options';
import { reportStore, reportsUri, reportUri } from '../evaluate/report-place';
import { EXIT } from '../exit';
import type { Io } from '../io';
import { reportListText, reportText } from '../render/report';
import { printable } from '../render/text';

/** `srvau evaluate reports`: lists the reports of a directory, or shows one; needs no service. */
export async function evaluateReports(options: EvaluateReportsOptions, io: Io): Promise<number> {
  const store = reportStore(io);
  try {
    if (options.report === undefined)
      return await list(new ReportStore(store, reportsUri(options.dir, io)), options, io);
    const { report: typed, json, markdown, full } = options;
    const report = await readReport(store, reportUri(typed, 'REPORT', options.dir, io), io.interrupts.signal);
    const { terminal } = io;
    if (json) terminal.printJson(report);
    else if (markdown) terminal.write(reportMarkdown(report));
    else terminal.print(reportText(documentOf(report), { full, colors: terminal.colors, columns: terminal.columns }));
    return EXIT.ok;
  } finally {
    await store.close();
  }
}

async function list(reports: ReportStore, { json }: EvaluateReportsOptions, { terminal }: Io): Promise<number> {
  const found = await reports.list({ limit: MAX_REPORTS_LISTED });
  if (json) {
    terminal.printJson({ dir: reports.root, ...found });
    return EXIT.ok;
  }
  if (found.reports.length === 0) terminal.note(`no reports in ${printable(reports.root)}`);
  else terminal.print(reportListText(found.reports, terminal.colors));
  for (const { name, reason } of found.others) {
    terminal.note(`${terminal.noteColors.yellow(printable(name))}: ${printable(reason)}`);
  }
  if (found.more) terminal.note(`these are the first ${MAX_REPORTS_LISTED}`);
  return EXIT.ok;
}
