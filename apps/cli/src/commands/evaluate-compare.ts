import { join } from 'node:path';
import {
  type ComparedReport,
  compareReports,
  readReport,
  readScoredItems,
  refuseOthers,
} from '@srvau/evaluation-report';
import type { EvaluateCompareOptions } from '../evaluate/report-options';
import { reportStore, reportUri } from '../evaluate/report-place';
import { EXIT } from '../exit';
import { homeOf, type Io } from '../io';
import { reportComparisonText } from '../render/report-comparison';

/** `srvau evaluate compare`: the second report against the first, item by item; needs no service. */
export async function evaluateCompare(options: EvaluateCompareOptions, io: Io): Promise<number> {
  const { dir, resamples, seed, anyway, json } = options;
  const { signal } = io.interrupts;
  const store = reportStore(io);
  try {
    const uris = [reportUri(options.first, 'FIRST', dir, io), reportUri(options.second, 'SECOND', dir, io)] as const;
    const [first, second] = [await readReport(store, uris[0], signal), await readReport(store, uris[1], signal)];
    refuseOthers(first, second, anyway);
    const cacheDir = join(homeOf(io), 'evaluation-transcripts');
    const withItems = async (report: typeof first, uri: string): Promise<ComparedReport> => ({
      report,
      items: await readScoredItems(store, uri, report, { cacheDir, signal }),
    });
    const comparison = await compareReports(
      ...([await withItems(first, uris[0]), await withItems(second, uris[1])] as const),
      { resamples, seed, anyway },
      signal,
    );
    const { terminal } = io;
    if (json) terminal.printJson(comparison);
    else terminal.print(reportComparisonText(comparison, terminal.colors));
    return EXIT.ok;
  } finally {
    await store.close();
  }
}
