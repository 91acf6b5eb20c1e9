import {
  type LengthStatistics,
  REFLECT_SPLITS,
  type ReflectCard,
  type ReflectCounts,
  type ReflectReject,
  type ReflectStatistics,
  ROLLOUT_TASKS,
} from '@srvau/contracts';
import { html, type Markup } from '@srvau/page';
import { barChart, stackedChart } from './charts';
import { count, dollars, share } from './numbers';

const CLASSES_SHOWN = 30;
const WORDS_SHOWN = 80;

/** Everything that `dataset.json` counts. */
export function statisticsSection({ statistics }: ReflectCard): Markup {
  return html`<h2>Records</h2>
    <div class="figures">
      ${splitChart(statistics)} ${groupTable('by source', statistics.bySource)}
      ${groupTable('by class', statistics.byClass)}
    </div>
    <h2>From the first answer to the last</h2>
    <div class="figures">${transitionTable(statistics)} ${optionChart(statistics)}</div>
    <h2>Words of the reflections</h2>
    ${wordCloud(statistics)}
    <h2>Lengths in words</h2>
    <div class="figures">
      ${(['initial', 'reflection', 'revised'] as const).map((part) => lengthChart(part, statistics.lengths[part]))}
    </div>
    <h2>Making of</h2>
    <div class="figures">
      ${barChart('attempts of the teacher', entries(statistics.attempts))}
      ${barChart('sent back for', byCount(statistics.retriedFor))}
      ${barChart('rejected for', byCount(statistics.rejects.byReason))} ${usageTable(statistics)}
    </div>`;
}

/** What was rejected, the first few. */
export function rejectSection(rejects: readonly ReflectReject[], total: number): Markup | null {
  if (rejects.length === 0) return null;
  const rows = rejects.map(
    ({ id, stage, reason, detail, lastReply }) =>
      html`<tr>
        <td class="text">${id}</td>
        <td>${stage}</td>
        <td>${reason}</td>
        <td class="text">
          ${detail}${
            lastReply === null
              ? null
              : html`<details>
                  <summary>last reply</summary>
                  <pre>${lastReply}</pre>
                </details>`
          }
        </td>
      </tr>`,
  );
  return html`<h2>Rejected</h2>
    <p class="dim">${count(rejects.length)} of ${count(total)}</p>
    <div class="scroll">
      <table>
        <tr>
          <th>item</th>
          <th>stage</th>
          <th>reason</th>
          <th>detail</th>
        </tr>
        ${rows}
      </table>
    </div>`;
}

function splitChart({ bySplit, all }: ReflectStatistics): Markup {
  const rows = REFLECT_SPLITS.map((split) => ({
    label: split,
    values: ROLLOUT_TASKS.map((task) => bySplit[split][task]),
  }));
  const videos = REFLECT_SPLITS.map((split) => `${split} ${count(bySplit[split].videos)}`).join(', ');
  return html`<div>
    ${stackedChart('splits × tasks', ['QA', 'grounding'], rows)}
    <p class="dim">${count(all.records)} records of ${count(all.videos)} videos (${videos}); no video in two splits</p>
  </div>`;
}

function groupTable(title: string, groups: Readonly<Record<string, ReflectCounts>>): Markup {
  const sorted = Object.entries(groups).sort(([a, m], [b, n]) => n.records - m.records || (a < b ? -1 : 1));
  const rows = sorted.slice(0, CLASSES_SHOWN).map(
    ([name, { records, qa, tag, videos }]) =>
      html`<tr>
        <td class="text">${name}</td>
        ${[records, qa, tag, videos].map((value) => html`<td class="n">${count(value)}</td>`)}
      </tr>`,
  );
  const more =
    sorted.length > CLASSES_SHOWN
      ? html`<tr>
          <td>… ${sorted.length - CLASSES_SHOWN} more</td>
        </tr>`
      : null;
  return html`<figure>
    <figcaption>${title}</figcaption>
    <table>
      <tr>
        <th></th>
        <th class="n">records</th>
        <th class="n">QA</th>
        <th class="n">grounding</th>
        <th class="n">videos</th>
      </tr>
      ${rows}${more}
    </table>
  </figure>`;
}

function transitionTable({ transitions, meanIou }: ReflectStatistics): Markup {
  const rows = ROLLOUT_TASKS.map((task) => {
    const { wrongToCorrect, correctToCorrect, unreadable } = transitions[task];
    const all = wrongToCorrect + correctToCorrect;
    return html`<tr>
      <td>${task === 'qa' ? 'QA' : 'grounding'}</td>
      <td class="n">${count(wrongToCorrect)}</td>
      <td class="n">${count(correctToCorrect)}</td>
      <td class="n">${share(correctToCorrect, all)}</td>
      <td class="n">${count(unreadable)}</td>
    </tr>`;
  });
  const iou =
    meanIou === null
      ? null
      : html`<p class="dim">
          mean IoU with the truth over ${count(meanIou.records)} anomalies: ${meanIou.initial.toFixed(3)} before,
          ${meanIou.revised.toFixed(3)} after
        </p>`;
  return html`<div>
    <table>
      <tr>
        <th></th>
        <th class="n">wrong → correct</th>
        <th class="n">correct → correct</th>
        <th class="n">right at first</th>
        <th class="n">unreadable at first</th>
      </tr>
      ${rows}
    </table>
    ${iou}
  </div>`;
}

function optionChart({ correctOptions }: ReflectStatistics): Markup {
  return barChart('right options', entries(correctOptions));
}

/** In five sizes: a word's size goes with the logarithm of its count. */
function wordCloud({ words, distinctWords }: ReflectStatistics): Markup {
  const [first] = words;
  if (first === undefined) return html`<p class="none">no reflections in the train split</p>`;
  const top = Math.log(first.count + 1);
  const shown = words.slice(0, WORDS_SHOWN).map(({ word, count: times }) => {
    const size = Math.max(1, Math.ceil((Math.log(times + 1) / top) ** 2 * 5));
    return html`<span class="w${size} text" title="${count(times)}">${word}</span> `;
  });
  return html`<p class="words">${shown}</p>
    <p class="dim">train split; ${shown.length} of ${count(distinctWords)} distinct words, stop words left out</p>`;
}

function lengthChart(part: string, { histogram, mean, min, max }: LengthStatistics): Markup {
  const bars = histogram.map(({ from, to, count: value }) => ({
    label: to === null ? `≥ ${from}` : `${from}–${to}`,
    value,
  }));
  const range = mean === null ? 'none' : `mean ${mean.toFixed(1)}, ${min ?? 0} to ${max ?? 0}`;
  return barChart(`${part}: ${range}`, bars);
}

function usageTable({ usage }: ReflectStatistics): Markup {
  const rows = (['initial', 'teacher', 'rejects'] as const).map((part) => {
    const { promptTokens, completionTokens, costUsd } = usage[part];
    return html`<tr>
      <td>${part === 'initial' ? 'base model' : part}</td>
      <td class="n">${count(promptTokens)}</td>
      <td class="n">${count(completionTokens)}</td>
      <td class="n">${dollars(costUsd)}</td>
    </tr>`;
  });
  return html`<figure>
    <figcaption>tokens and cost</figcaption>
    <table>
      <tr>
        <th></th>
        <th class="n">prompt</th>
        <th class="n">completion</th>
        <th class="n">cost</th>
      </tr>
      ${rows}
    </table>
  </figure>`;
}

const entries = (counts: Readonly<Record<string, number>>): { label: string; value: number }[] =>
  Object.entries(counts).map(([label, value]) => ({ label, value }));

const byCount = (counts: Readonly<Record<string, number>>): { label: string; value: number }[] =>
  entries(counts)
    .sort((a, b) => b.value - a.value)
    .slice(0, CLASSES_SHOWN);
