import { bytes, double, float, integer, message } from './protobuf';
import { recordOf } from './record';

// Field numbers of tensorflow.Event and of what it holds, from the .proto files that TensorBoard ships.
const EVENT = { wallTime: 1, step: 2, fileVersion: 3, summary: 5, sessionLog: 7 } as const;
const SUMMARY = { value: 1 } as const;
const VALUE = { tag: 1, simpleValue: 2, tensor: 8, metadata: 9 } as const;
const METADATA = { pluginData: 1 } as const;
const PLUGIN_DATA = { pluginName: 1 } as const;
const TENSOR = { dtype: 1, shape: 2, stringValue: 8 } as const;
const SHAPE = { dimension: 2 } as const;
const DIMENSION = { size: 1 } as const;
const DT_STRING = 7;
const SESSION_LOG = { status: 1 } as const;
const SESSION_START = 1;

/** When something was, and after how many steps. */
export interface EventTime {
  /** Milliseconds since 1970, as of Date.now(). */
  readonly at: number;
  /** From 0. */
  readonly step: number;
}

const eventOf = ({ at, step }: EventTime, ...fields: readonly Uint8Array[]): Buffer =>
  recordOf(Buffer.concat([double(EVENT.wallTime, at / 1000), integer(EVENT.step, step), ...fields]));

/** What every event file begins with. */
export const versionEvent = (at: number): Buffer => eventOf({ at, step: 0 }, bytes(EVENT.fileVersion, 'brain.Event:2'));

/**
 * Says that a run goes on from here: TensorBoard drops what it has read of this step and later ones, also in another file.
 */
export const restartEvent = (time: EventTime): Buffer =>
  eventOf(time, message(EVENT.sessionLog, integer(SESSION_LOG.status, SESSION_START)));

/** Numbers of one step; TensorBoard groups tags by what is before their first `/`. They are kept as 32-bit floats. */
export const scalarsEvent = (time: EventTime, values: Readonly<Record<string, number>>): Buffer =>
  eventOf(
    time,
    message(
      EVENT.summary,
      ...Object.entries(values).map(([tag, value]) =>
        message(SUMMARY.value, bytes(VALUE.tag, tag), float(VALUE.simpleValue, value)),
      ),
    ),
  );

/** Text, shown as Markdown. */
export const textEvent = (time: EventTime, tag: string, markdown: string): Buffer =>
  eventOf(
    time,
    message(
      EVENT.summary,
      message(
        SUMMARY.value,
        bytes(VALUE.tag, tag),
        message(
          VALUE.tensor,
          integer(TENSOR.dtype, DT_STRING),
          message(TENSOR.shape, message(SHAPE.dimension, integer(DIMENSION.size, 1))),
          bytes(TENSOR.stringValue, markdown),
        ),
        message(VALUE.metadata, message(METADATA.pluginData, bytes(PLUGIN_DATA.pluginName, 'text'))),
      ),
    ),
  );
