import type { ReflectCall, ReflectRecord, ReflectTeacherCall } from '@srvau/contracts';
import { html, type Markup } from '@srvau/page';
import { parseTranscript, type Segment } from '@srvau/reasoning';
import { iouOf } from '../statistics/statistics';
import { timeline, type Track } from './charts';
import { count, dollars, seconds, spanText } from './numbers';

/** One frame of a video. */
export interface ReportFrame {
  atSec: number;
  jpeg: Uint8Array;
}

export interface ReportSample {
  record: ReflectRecord;
  /** In order of time; empty where there are none. */
  frames: readonly ReportFrame[];
}

/** One record with its frames, what was asked, its spans and its transcript. */
export function sampleSection({ record, frames }: ReportSample): Markup {
  const { id, task, path, split, source, anomalyClass, sample, durationSec } = record;
  const badges = [
    task === 'qa' ? 'question' : 'grounding',
    path === 'correct' ? 'wrong → correct' : 'correct → correct',
    ...[split, source, anomalyClass ?? 'no class'],
    ...(durationSec === null ? [] : [`${seconds(durationSec)} s`]),
    ...(sample === 0 ? [] : [`sample ${sample}`]),
  ];
  return html`<article class="sample task-${task} path-${path} split-${split}">
    <h3 class="text">${id}</h3>
    <p class="badges">${badges.map((badge) => html`<span class="text">${badge}</span>`)}</p>
    ${frameStrip(record, frames)} ${task === 'qa' ? questionPart(record) : groundingPart(record)}
    ${transcriptPart(record)} ${completionPart(record)} ${provenancePart(record)}
  </article>`;
}

function frameStrip({ truth, videoKey }: ReflectRecord, frames: readonly ReportFrame[]): Markup {
  if (frames.length === 0) return html`<p class="none">${videoKey === null ? 'no frames' : 'frames not shown'}</p>`;
  const isInside = (atSec: number): boolean =>
    truth.spanSec !== undefined && atSec >= truth.spanSec[0] && atSec <= truth.spanSec[1];
  const pictures = frames.map(({ atSec, jpeg }) => {
    const data = Buffer.from(jpeg).toString('base64');
    return html`<figure class="${isInside(atSec) ? 'inside' : ''}">
      <img src="data:image/jpeg;base64,${data}" alt="frame at ${seconds(atSec)} s" />
      <figcaption>${seconds(atSec)} s</figcaption>
    </figure>`;
  });
  return html`<div class="frames">${pictures}</div>`;
}

function questionPart({ question, options, correctOption, initial }: ReflectRecord): Markup {
  const items = (options ?? []).map((option, i) => {
    const letter = String.fromCharCode(65 + i);
    const right = letter === correctOption ? html` <b class="right">✓ right</b>` : null;
    const first =
      letter === initial.answer ? html` <span class="${right === null ? 'wrong' : 'right'}">first answer</span>` : null;
    return html`<li class="text">${letter}. ${option}${right}${first}</li>`;
  });
  return html`<p class="text"><b>${question}</b></p>
    <ol class="options">
      ${items}
    </ol>`;
}

function groundingPart({ truth, initial, revised, durationSec }: ReflectRecord): Markup {
  const said = (answer: string | null): string => answer ?? 'nothing readable';
  const truthSpan = truth.spanSec ?? null;
  const tracks: Track[] = [
    { name: 'truth', span: truthSpan, instead: 'Normal' },
    { name: 'initial', span: initial.spanSec, instead: said(initial.answer) },
    { name: 'final', span: revised.spanSec, instead: said(revised.answer) },
  ];
  const iou = (span: readonly [number, number] | null): string =>
    truthSpan === null ? '' : `, IoU ${iouOf(span, truthSpan).toFixed(2)}`;
  const texts = tracks.map(({ name, span, instead }) => {
    const times = span === null ? instead : `${spanText(span)}${name === 'truth' ? '' : iou(span)}`;
    return html`<span>${name}: ${times}</span> `;
  });
  return html`${timeline(tracks, durationSec)}
    <p class="badges">${texts}</p>`;
}

const ROUNDS: readonly (readonly [style: string, name: string])[] = [
  ['think1', 'think'],
  ['answer1', 'answer'],
  ['reflection', 'reflection'],
  ['think2', 'think again'],
  ['answer2', 'final answer'],
];

/** By segment; the times of an answer stand with it. */
function transcriptPart({ transcript, task }: ReflectRecord): Markup {
  const { segments } = parseTranscript(transcript, { grammar: 'reflective', task });
  const blocks = segments.filter(({ kind }) => kind !== 'glue');
  const glueAfter = (segment: Segment): string => {
    const next = segments[segments.indexOf(segment) + 1];
    return next?.kind === 'glue' ? `  ${next.text}` : '';
  };
  return html`${blocks.map((segment, i) => {
    const [style, name] = ROUNDS[i] ?? ['', segment.kind];
    // Without a line break after the label: the text is shown with its own.
    return html`<div class="segment ${style}"><b>${name}</b>${segment.text}${glueAfter(segment)}</div>`;
  })}`;
}

function completionPart({ initial: { completion, wellFormed } }: ReflectRecord): Markup | null {
  if (completion === null) return null;
  const note = wellFormed === false ? ', not well formed' : '';
  return html`<details>
    <summary>what the base model wrote${note}</summary>
    <pre>${completion}</pre>
  </details>`;
}

function provenancePart({ provenance: { initial, teacher } }: ReflectRecord): Markup {
  if (initial === null && teacher === null)
    return html`<p class="dim">from elsewhere: nothing is known of the models</p>`;
  const lines = [
    ...(initial === null ? [] : [callText('base model', initial)]),
    ...(teacher === null ? [] : [`${callText('teacher', teacher)}${retries(teacher)}`]),
  ];
  return html`<p class="dim text">${lines.join(' · ')}</p>`;
}

function callText(name: string, { model, promptTokens, completionTokens, costUsd }: ReflectCall): string {
  const tokens = completionTokens === null ? '' : `, ${count((promptTokens ?? 0) + completionTokens)} tokens`;
  const cost = costUsd === null ? '' : `, ${dollars(costUsd)}`;
  return `${name} ${model.backend}:${model.model}${tokens}${cost}`;
}

function retries({ attempts, retriedFor }: ReflectTeacherCall): string {
  if (attempts <= 1) return '';
  return `, ${attempts} attempts (sent back for ${retriedFor.join(', ')})`;
}
