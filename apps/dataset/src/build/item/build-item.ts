import { reflectId, type ReflectRecord, type ReflectReject, SrvauError } from '@srvau/contracts';
import { contextOf, taskOfRow } from '@srvau/model-pool';
import { makeReject } from '@srvau/reflection-data';
import { askInitial } from './ask-initial';
import { askTeacher } from './ask-teacher';
import { recordOf } from './record';
import { factsOf } from './truth';
import { addUsage, CallMeter, NO_USAGE } from './usage';
import { type BuildItem, type ItemDeps, type ItemWork, Rejection } from './work';

export type ItemOutcome = { readonly record: ReflectRecord } | { readonly reject: ReflectReject };

/**
 * Base model, teacher, checks: one item from its row to its record, or to the reason why there is none.
 *
 * With models that answer equally under equal seeds the outcome is the same to the last bit, whenever and wherever.
 *
 * @throws what is no fault of this item: an error of a model that holds for all, the signal's reason
 */
export async function buildItem(item: BuildItem, deps: ItemDeps): Promise<ItemOutcome> {
  const { row, sample, video } = item;
  const { settings } = deps;
  const id = reflectId({ rowId: row.id, task: item.task, sample });
  const meters = {
    initial: new CallMeter(settings.modelPrice),
    teacher: new CallMeter(settings.teacherPrice),
  };
  try {
    if ('fault' in video) throw new Rejection({ stage: 'video', reason: video.fault, detail: video.detail });
    const task = taskOfRow(row, item.task);
    const opened = await openOrReject(video.uri, deps);
    try {
      const facts = factsOf(row);
      const context = contextOf(row, task);
      const work: ItemWork = { ...deps, id, item, task, facts, context, meters, videoUri: opened.uri };
      const initial = await askInitial(work);
      const revised = await askTeacher(work, initial);
      return { record: recordOf(work, initial, revised) };
    } finally {
      await opened.release();
    }
  } catch (error) {
    if (!(error instanceof Rejection)) throw error;
    const usage = addUsage(addUsage(NO_USAGE, meters.initial.totals), meters.teacher.totals);
    const { fault, attempts, lastReply } = error;
    return {
      reject: makeReject({ rowId: row.id, task: item.task, sample, ...fault, attempts, lastReply, usage }),
    };
  }
}

const OF_FILE: ReadonlySet<SrvauError['code']> = new Set([
  'NOT_FOUND',
  'FORBIDDEN',
  'UNPROCESSABLE',
  'PAYLOAD_TOO_LARGE',
]);

async function openOrReject(uri: string, { openVideo, signal }: ItemDeps): ReturnType<ItemDeps['openVideo']> {
  try {
    return await openVideo(uri, signal);
  } catch (error) {
    if (!(error instanceof SrvauError) || !OF_FILE.has(error.code)) throw error;
    const reason = error.code === 'NOT_FOUND' ? 'video-missing' : 'video-unreadable';
    throw new Rejection({ stage: 'video', reason, detail: error.details[0]?.received ?? error.message });
  }
}
