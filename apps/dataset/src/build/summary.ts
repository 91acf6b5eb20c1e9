import { type BuildSummary, REFLECT_SPLITS, type ReflectCard, type ReflectSplit } from '@srvau/contracts';
import { addUsage } from './item/usage';

/** What a finished dataset says of its construction. @param out path of its directory */
export function summaryOf({ inputs, statistics, stoppedBy }: ReflectCard, out: string): BuildSummary {
  const { all, bySplit, byPath, rejects, retriedFor, usage } = statistics;
  const { items } = inputs.settings;
  return {
    items: typeof items === 'number' ? items : all.records + rejects.total,
    records: all.records,
    qa: all.qa,
    tag: all.tag,
    corrected: byPath.correct,
    refined: byPath.refine,
    bySplit: Object.fromEntries(REFLECT_SPLITS.map((split) => [split, bySplit[split].records])) as Record<
      ReflectSplit,
      number
    >,
    rejects: rejects.total,
    rejectedFor: { ...rejects.byReason },
    retriedFor: { ...retriedFor },
    usage: [usage.teacher, usage.rejects].reduce(addUsage, usage.initial),
    stoppedBy,
    out,
  };
}
