import { type DatasetCard, SrvauError } from '@srvau/contracts';
import type { VideoResolution } from '@srvau/storage';
import type { VideoResult } from './dataset-row';

const MAX_NAMED = 5;
const EXPECTED = 'every annotated video to be there and readable (strict)';

/** @throws SrvauError UNPROCESSABLE that names the first few videos that are missing or unreadable, and their number. */
export function assertAllReadable(videos: ReadonlyMap<string, VideoResolution | VideoResult>): void {
  const faults = [...videos].flatMap(([name, video]) => {
    if (video.kind === 'file' || video.kind === 'readable') return [];
    return [`${JSON.stringify(name)} (${video.kind === 'unreadable' ? video.fault : video.kind})`];
  });
  if (faults.length === 0) return;
  const shown = faults.slice(0, MAX_NAMED).join(', ');
  const more = faults.length > MAX_NAMED ? ` and ${faults.length - MAX_NAMED} more` : '';
  throw refusal(`${faults.length} of ${videos.size} that are not: ${shown}${more}`);
}

/** The same for a dataset that was made without `strict`. */
export function assertStrictCard({ summary }: DatasetCard): void {
  const faults = Object.entries(summary.exclusions).filter(([reason]) => reason.startsWith('video:'));
  if (faults.length === 0) return;
  throw refusal(`a dataset with ${faults.map(([reason, count]) => `${count} ${reason}`).join(', ')}`);
}

function refusal(received: string): SrvauError {
  return SrvauError.mismatch('UNPROCESSABLE', 'videos', EXPECTED, received);
}
