import { reflectId, type ReflectRecord, type ReflectReject } from '@srvau/contracts';
import { contextOf, type LocalVideo, openingFaultOf, taskOfRow } from '@srvau/model-pool';
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
    await using opened = await openOrReject(video.uri, row.videoSha256, deps);
    const facts = factsOf(row);
    const context = contextOf(row, task);
    const work: ItemWork = { ...deps, id, item, task, facts, context, meters, videoUri: opened.uri };
    const initial = await askInitial(work);
    const revised = await askTeacher(work, initial);
    return { record: recordOf(work, initial, revised) };
  } catch (error) {
    if (!(error instanceof Rejection)) throw error;
    const usage = addUsage(addUsage(NO_USAGE, meters.initial.totals), meters.teacher.totals);
    const { fault, attempts, lastReply } = error;
    return {
      reject: makeReject({ rowId: row.id, task: item.task, sample, ...fault, attempts, lastReply, usage }),
    };
  }
}

async function openOrReject(uri: string, sha256: string | null, { openVideo, signal }: ItemDeps): Promise<LocalVideo> {
  try {
    return await openVideo(uri, sha256, signal);
  } catch (error) {
    const fault = openingFaultOf(error);
    if (fault === undefined) throw error;
    throw new Rejection({ stage: 'video', ...fault });
  }
}
