import { IsIn, IsInt, IsOptional, IsString, Length, Matches, Max, Min } from 'class-validator';
import { TRANSCRIPT_GRAMMARS } from '../reward/score';
import { allRules } from '../validation/all-rules';
import { ModelUri } from '../validation/uri-rules';
import { MAX_REPORT_NAME_CHARS, REPORT_NAME } from './report';
import { EVALUATION_PROTOCOLS, MAX_RESAMPLES } from './scores';
import { MAX_JUDGE_REPEATS } from './vau-eval';

// Fields that several requests have.

export const Protocol = (): PropertyDecorator => allRules(IsOptional(), IsIn(EVALUATION_PROTOCOLS));
export const Grammar = (): PropertyDecorator => allRules(IsOptional(), IsIn(TRANSCRIPT_GRAMMARS));

/** Of the bootstrap. @param least 0 where the intervals may be left out */
export const Resamples = (least: 0 | 1): PropertyDecorator =>
  allRules(IsOptional(), IsInt(), Min(least), Max(MAX_RESAMPLES));
/** Of the bootstrap, whose generator takes 32 bits. */
export const BootstrapSeed = (): PropertyDecorator => allRules(IsOptional(), IsInt(), Min(0), Max(2 ** 32 - 1));

export const JudgeUri = (): PropertyDecorator => ModelUri('openai:https://…#model or native:DIR');
/** How often each item is judged. */
export const JudgeRepeats = (): PropertyDecorator => allRules(IsOptional(), IsInt(), Min(1), Max(MAX_JUDGE_REPEATS));

export const ReportName = (): PropertyDecorator =>
  allRules(
    IsString(),
    Length(1, MAX_REPORT_NAME_CHARS),
    Matches(REPORT_NAME, { message: '$property must be a name of small letters, digits and single hyphens' }),
  );
