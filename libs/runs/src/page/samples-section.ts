import { isObject } from '@srvau/contracts';
import { html, type Markup } from '@srvau/page';
import type { NamedRun } from '../chart/charts-of-runs';
import { valueText } from '../chart/numbers';
import { grouped } from '../grouped';
import type { LastSamples, Sample } from '../read/read-samples';

/** Transcripts of the last step that kept any, by group: the completions of one prompt stand together. */
export function samplesSection({ label }: NamedRun, last: LastSamples | null, runs: number): Markup | null {
  if (last === null) return null;
  const { step, samples, total } = last;
  const groups = grouped(samples, ({ groupId }) => groupId);
  return html`<h2 class="text">Samples of step ${step}${runs === 1 ? '' : ` of ${label}`}</h2>
    <p class="dim">${samples.length} of ${total} completions</p>
    ${[...groups].map(([groupId, members]) => groupPart(groupId, members))}`;
}

function groupPart(groupId: string, members: readonly Sample[]): Markup {
  const [first] = members;
  return html`<section class="sample">
    <h3>${groupId}</h3>
    <div class="badges"><span>${first?.task ?? 'task not said'}</span><span>truth ${jsonText(first?.truth)}</span></div>
    ${
      first?.prompt === null || first === undefined
        ? null
        : html`<details>
            <summary>prompt</summary>
            <pre>${first.prompt}</pre>
          </details>`
    }
    ${members.map(samplePart)}
  </section>`;
}

function samplePart(sample: Sample, i: number): Markup {
  const { completion, reward, advantage, finish, tokens, wellFormed, scores } = sample;
  const figure = (name: string, value: number | null): Markup | null =>
    value === null ? null : html`<span>${name} ${valueText(value)}</span>`;
  const form = wellFormed === null ? null : html`<span>${wellFormed ? 'well formed' : 'not well formed'}</span>`;
  const plugins = Object.entries(scores).map(([plugin, score]) => html`<span>${plugin} ${scoreText(score)}</span>`);
  // The line break after <pre> would be dropped from a completion that begins with one.
  return html`<details ${i === 0 ? OPEN : null}>
    <summary>completion ${i + 1}${reward === null ? '' : ` · reward ${valueText(reward)}`}</summary>
    <div class="badges">
      ${figure('reward', reward)} ${figure('advantage', advantage)} ${plugins}
      ${finish === null ? null : html`<span>${finish}</span>`}
      ${tokens === null ? null : html`<span>${tokens} tokens</span>`} ${form}
    </div>
    <pre>${'\n'}${completion}</pre>
  </details>`;
}

const OPEN = html`open`;

/** As the reward service answers; a form of a newer version as it is. */
function scoreText(score: unknown): string {
  if (!isObject(score)) return jsonText(score);
  const { kind, value, because, error } = score;
  if (kind === 'scored' && typeof value === 'number') return valueText(value);
  if (kind === 'abstained') return `abstained: ${jsonText(because)}`;
  return kind === 'failed' ? `failed: ${jsonText(error)}` : jsonText(score);
}

const jsonText = (value: unknown): string =>
  typeof value === 'string' ? value : value === null || value === undefined ? '–' : JSON.stringify(value);
