import { IsInt, IsNumber, IsOptional, Max, Min } from 'class-validator';
import { allRules } from '../validation/all-rules';

const MAX_ID = 2 ** 31 - 1;
const share = { message: '$property must be above 0 and at most 1' };

// Which values sampling can have, whatever a field is called: clients of models write snake case, we do not. Each is
// optional, and what is absent comes from the checkpoint.

/** 0: the likeliest token each time. */
export const Temperature = (): PropertyDecorator => allRules(IsOptional(), IsNumber(), Min(0), Max(100));
export const TopP = (): PropertyDecorator =>
  allRules(IsOptional(), IsNumber(), Min(Number.MIN_VALUE, share), Max(1, share));
/** 0 keeps all. */
export const TopK = (): PropertyDecorator => allRules(IsOptional(), IsInt(), Min(0), Max(MAX_ID));
export const MaxNewTokens = (): PropertyDecorator => allRules(IsOptional(), IsInt(), Min(1), Max(1_000_000));
export const Seed = (): PropertyDecorator => allRules(IsOptional(), IsInt(), Min(0), Max(Number.MAX_SAFE_INTEGER));
/** How many completions. */
export const Completions = (): PropertyDecorator => allRules(IsOptional(), IsInt(), Min(1), Max(1024));
