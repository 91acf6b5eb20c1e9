/** The first real video stream in a report of ffprobe. */
export interface ProbedStream {
  codec: string | undefined;
  /** Coded size, before rotation. */
  width: number;
  height: number;
  durationSec: number | null;
  frameRate: number;
  frameCount: number | null;
  rotationDeg: 0 | 90 | 180 | 270;
}

export interface ProbeReport {
  format: { name: string; durationSec: number | null };
  video: ProbedStream | undefined;
  hasAudio: boolean;
}

/** The part of `ffprobe -of json` that is read; ffprobe leaves out what it does not know. */
interface RawReport {
  format?: { format_name?: string; duration?: string };
  streams?: RawStream[];
}

interface RawStream {
  codec_type?: string;
  codec_name?: string;
  width?: number;
  height?: number;
  avg_frame_rate?: string;
  r_frame_rate?: string;
  nb_frames?: string;
  duration?: string;
  disposition?: { attached_pic?: number };
  tags?: { DURATION?: string; rotate?: string };
  side_data_list?: { rotation?: number }[];
}

export function parseProbe(json: string): ProbeReport {
  const report = JSON.parse(json) as RawReport;
  const streams = report.streams ?? [];
  const video = streams.find((s) => s.codec_type === 'video' && s.disposition?.attached_pic !== 1);
  return {
    format: { name: report.format?.format_name ?? 'unknown', durationSec: positive(report.format?.duration) },
    video: video === undefined ? undefined : readStream(video),
    hasAudio: streams.some((s) => s.codec_type === 'audio'),
  };
}

function readStream(stream: RawStream): ProbedStream {
  const frames = Number(stream.nb_frames);
  return {
    codec: stream.codec_name,
    width: stream.width ?? 0,
    height: stream.height ?? 0,
    // Matroska has no duration of streams, but its writers leave a tag.
    durationSec: positive(stream.duration) ?? clock(stream.tags?.DURATION),
    frameRate: ratio(stream.avg_frame_rate) || ratio(stream.r_frame_rate),
    frameCount: Number.isSafeInteger(frames) ? frames : null,
    rotationDeg: rotation(stream),
  };
}

/** ffprobe reports the display matrix counter-clockwise; the older `rotate` tag is clockwise. */
function rotation(stream: RawStream): 0 | 90 | 180 | 270 {
  const matrix = stream.side_data_list?.find((data) => data.rotation !== undefined)?.rotation;
  const clockwise = matrix === undefined ? Number(stream.tags?.rotate ?? 0) : -matrix;
  if (!Number.isFinite(clockwise)) return 0;
  const quarters = ((Math.round(clockwise / 90) % 4) + 4) % 4;
  return ([0, 90, 180, 270] as const)[quarters] ?? 0;
}

function positive(text: string | undefined): number | null {
  const value = Number(text);
  return Number.isFinite(value) && value > 0 ? value : null;
}

/** `00:01:02.500000000` → 62.5 */
function clock(text: string | undefined): number | null {
  const match = /^(\d+):(\d\d):(\d\d(?:\.\d+)?)$/.exec(text ?? '');
  if (match === null) return null;
  const [, hours, minutes, seconds] = match.map(Number);
  return positive(String((hours ?? 0) * 3600 + (minutes ?? 0) * 60 + (seconds ?? 0)));
}

function ratio(text: string | undefined): number {
  const [numerator, denominator] = (text ?? '').split('/').map(Number);
  const value = (numerator ?? NaN) / (denominator ?? 1);
  return Number.isFinite(value) && value > 0 ? value : 0;
}
