import { type RunDirectory, spelledNumber, type StepLine } from '@srvau/storage';
import { EventFile, restartEvent, scalarsEvent, textEvent } from '@srvau/tensorboard';

const BATCH_EVENTS = 500;

/** Numbers of a line of metrics or timings; those that JSON does not have are spelled out there. */
export function numbersOf({ step: _step, ...rest }: StepLine): Record<string, number> {
  const numbers = Object.entries(rest).map(([name, value]) => [name, spelledNumber(value)] as const);
  return Object.fromEntries(numbers.filter((entry): entry is [string, number] => entry[1] !== undefined));
}

/** Timings stand in a group of their own. */
export const secondsByTag = (seconds: Readonly<Record<string, number>>): Record<string, number> =>
  Object.fromEntries(Object.entries(seconds).map(([phase, value]) => [`seconds/${phase}`, value]));

/** Writes the run's TensorBoard file anew from what its logs have, in place of any that is there. */
export async function rebuildEventFile(run: RunDirectory): Promise<EventFile> {
  const begun = Date.parse(run.record.createdAt);
  // The metrics say nothing of time; the timings of the same steps do.
  const times = new Map<number, number>();
  for await (const { step, at } of run.readTimings()) times.set(step, Date.parse(String(at)));
  const file = await EventFile.replaceIn(run.dir);
  try {
    await file.append(
      restartEvent({ at: begun, step: 0 }),
      textEvent({ at: begun, step: 0 }, 'run', `\`\`\`json\n${JSON.stringify(run.record, null, 2)}\n\`\`\``),
    );
    await appendLines(file, run.readMetrics(), ({ step }) => times.get(step) ?? begun, numbersOf);
    await appendLines(
      file,
      run.readTimings(),
      ({ at }) => Date.parse(String(at)),
      (line) => secondsByTag(numbersOf(line)),
    );
    return file;
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function appendLines(
  file: EventFile,
  lines: AsyncIterable<StepLine>,
  timeOf: (line: StepLine) => number,
  valuesOf: (line: StepLine) => Record<string, number>,
): Promise<void> {
  let events: Buffer[] = [];
  for await (const line of lines) {
    events.push(scalarsEvent({ at: timeOf(line), step: line.step }, valuesOf(line)));
    if (events.length < BATCH_EVENTS) continue;
    await file.append(...events);
    events = [];
  }
  await file.append(...events);
}
