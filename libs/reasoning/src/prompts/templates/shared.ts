/** Ends the prompts about a multiple-choice question, laid out as in the paper's first prompt. */
export const QUESTION = `Question: {question}

Options:
{options}`;

/** How the answer of a temporal grounding is written; the paper shows such answers, but prints no prompt for them. */
export const VERDICT_RULE = 'Normal if nothing anomalous happens in the video, otherwise Anomaly';
export const GLUE_RULE =
  'when the anomaly happens, as [start, end] in seconds from the beginning of the video, e.g. <glue>[5.2, 10.4]</glue>; ' +
  'for a normal video <glue>[-1.0, -1.0]</glue>';
