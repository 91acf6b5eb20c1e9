import type { PluginColumn, PluginInfo } from '@srvau/reward-host';
import { labelOf, type ScoreEvents } from '../reward/patient-scorer';
import type { Terminal } from '../terminal';
import { clip, countText, duration, printable } from './text';

/** How often the line is shown anew. */
const TICK_MS = 200;
/** What takes no longer than this needs no words where nobody watches. */
const QUIET_MS = 3_000;

/**
 * Shows how far scoring is, and which plugins are being waited for, as the last line of a terminal. Where standard error is
 * none, a plugin that takes long is named once.
 */
export class ScoreView implements ScoreEvents {
  private rows = 0;
  private readonly waitingFor = new Set<string>();
  private since = performance.now();
  private readonly noted = new Set<string>();
  private readonly timer: NodeJS.Timeout;

  /** @param share of the rollouts that has been read, from 0 to 1; undefined where nobody knows */
  constructor(
    private readonly terminal: Terminal,
    private readonly deadlineMs: number,
    private readonly share: () => number | undefined,
  ) {
    this.timer = setInterval(() => this.show(), TICK_MS);
  }

  onAsk(plugins: readonly PluginInfo[]): void {
    this.waitingFor.clear();
    for (const { id } of plugins) this.waitingFor.add(id);
    this.since = performance.now();
  }

  onColumn({ info }: PluginColumn): void {
    this.waitingFor.delete(info.id);
  }

  onGivenUp(plugin: PluginInfo, why: string): void {
    this.terminal.note(`${labelOf(plugin)}: ${why}; the rest of its rollouts fail`);
  }

  /** So many more rollouts are scored by all plugins. */
  scored(rows: number): void {
    this.rows += rows;
  }

  /** Takes away the live line until it is shown anew: results may go to the same terminal. */
  clear(): void {
    if (this.terminal.live) this.terminal.showLive('');
  }

  close(): void {
    clearInterval(this.timer);
    this.clear();
  }

  private show(): void {
    const { terminal } = this;
    const waitedMs = performance.now() - this.since;
    if (terminal.live) {
      const text = [`${countText(this.rows)} rollouts${this.shareText()}`, ...this.waitText(waitedMs)].join('; ');
      terminal.showLive(terminal.noteColors.dim(clip(text, terminal.noteColumns - 1)));
      return;
    }
    const isNew = [...this.waitingFor].some((id) => !this.noted.has(id));
    if (waitedMs < QUIET_MS || !isNew) return;
    for (const id of this.waitingFor) this.noted.add(id);
    for (const text of this.waitText(waitedMs)) terminal.note(`… ${text}`);
  }

  private shareText(): string {
    const share = this.share();
    return share === undefined ? '' : `, ${Math.floor(100 * share)} %`;
  }

  private waitText(waitedMs: number): string[] {
    if (this.waitingFor.size === 0) return [];
    const time = `${duration(waitedMs / 1000)} of at most ${duration(this.deadlineMs / 1000)}`;
    return [`waiting for ${printable([...this.waitingFor].join(', '))}, ${time}`];
  }
}
