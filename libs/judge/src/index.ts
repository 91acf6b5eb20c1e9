export { type AskJudge, judgeItem, type JudgeItemOptions } from './judge-item';
export { isReference, judgeMessages, MARKS_SCHEMA, vauEvalPrompt } from './prompt';
export { readMarks, type ReadMarks, type ReplyFault } from './read/read-marks';
export { judgeSettings, type JudgeSettings } from './settings';
export { summarize, type SummaryOf } from './summarize';
