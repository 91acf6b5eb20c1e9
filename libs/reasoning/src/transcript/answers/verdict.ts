/** Names of the classes of anomaly in UCF-Crime, MSAD and ECVA as VAU-Bench writes them; `_` and `-` count as spaces. */
const ANOMALY_CLASSES = [
  ...['abuse', 'arrest', 'arson', 'assault', 'burglary', 'explosion', 'fighting', 'roadaccidents', 'road accidents'],
  ...['robbery', 'shooting', 'shoplifting', 'stealing', 'vandalism'],
  ...['fire', 'object falling', 'people falling', 'traffic accident', 'water incident'],
  ...['agriculture', 'food safety', 'medical abnormality', 'natural hazard'],
];
const VERDICTS: ReadonlyMap<string, 'normal' | 'anomaly'> = new Map([
  ['normal', 'normal'],
  ...['anomaly', 'anomalous', 'abnormal', ...ANOMALY_CLASSES].map((name) => [name, 'anomaly'] as const),
]);
/** Longer than any name, with room for odd spacing. */
const MAX_CHARS = 64;

/**
 * Reads an answer to "is anything anomalous?": `Normal`, `Anomaly` (`Anomalous`, `Abnormal`) or the name of a class of
 * anomaly. Letter case and a full stop at the end do not matter. `Normal or Anomaly` is neither.
 */
export function readVerdict(answer: string): 'normal' | 'anomaly' | undefined {
  if (answer.length > MAX_CHARS) return undefined;
  const name = answer.toLowerCase();
  return VERDICTS.get(name) ?? VERDICTS.get(plainName(name));
}

function plainName(name: string): string {
  return name
    .trim()
    .replace(/\.$/, '')
    .split(/[\s_-]+/)
    .join(' ');
}
