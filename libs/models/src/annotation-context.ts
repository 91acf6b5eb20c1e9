import type { InitialRound, SpanSec } from '@srvau/reasoning';

/** What somebody does in a video, and when; of a scene script, or of an annotation. */
export interface SceneEvent {
  /** Seconds from the first frame. */
  startSec: number;
  endSec?: number;
  /** A noun phrase as it stands in the middle of a sentence: `a man in a red jacket`. */
  who: string;
  /** The rest of a sentence about it, in the present: `falls to the ground`. */
  what: string;
  /** Part of the anomaly; false by default. */
  anomalous?: boolean;
}

export type AnnotatedTask =
  | {
      task: 'qa';
      question: string;
      /** 2 to 26. */
      options: readonly string[];
      /** Letter of the right one. */
      correctOption: string;
    }
  /** `span` undefined: the video is normal. */
  | { task: 'tag'; span: SpanSec | undefined };

/**
 * What annotators know of a video and a question about it: the source of the scripted backend's answers.
 *
 * With `initial` it is the teacher that answers (reflection and revised round), without the base model (one round).
 */
export interface AnnotationContext {
  task: AnnotatedTask;
  /** When the anomaly happens, where that is annotated; in grounding the task says so. */
  span?: SpanSec;
  /** Positive; without it no time is named that the events or the span do not give. */
  durationSec?: number;
  anomalyClass?: string;
  keyObject?: string;
  description?: string;
  reasoning?: string;
  /** In any order. */
  events?: readonly SceneEvent[];
  initial?: InitialRound;
  /** Which try at the same reply this is, 0 by default; another gives another text. */
  attempt?: number;
}
