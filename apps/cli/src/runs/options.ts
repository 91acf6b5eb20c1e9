import type { CommonOptions } from '../options';

export interface ListRunsOptions extends CommonOptions {
  /** Where to look for runs. */
  dir: string;
}

export interface ShowRunOptions extends CommonOptions {
  dir: string;
  /** Patterns of names; all without one. */
  metric?: string[];
  /** Events to show, the newest. */
  events: number;
}

export interface CompareRunsOptions extends CommonOptions {
  dirs: string[];
  metric?: string[];
}

export interface PlotRunsOptions extends CommonOptions {
  dirs: string[];
  metric?: string[];
  /** `.svg` or `.html`; without it the terminal. */
  out?: string;
  /** Weight of what was before, from 0 to below 1. */
  smooth: number;
  /** Completions on a page. */
  samples: number;
}
