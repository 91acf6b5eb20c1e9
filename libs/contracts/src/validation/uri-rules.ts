import { IsString, Length, Matches } from 'class-validator';
import { allRules } from './all-rules';

const MAX_CHARS = 2000;
const FILE_URI = /^file:\/\/\/.*/;
const MODEL_URI = /^[a-z][a-z0-9+.-]*:[^\r\n\0]*$/;

/** Of a file or directory that all workers see. */
export const FileUri = (): PropertyDecorator =>
  allRules(IsString(), Length(1, MAX_CHARS), Matches(FILE_URI, { message: '$property must be a file:///… URI' }));

/** @param forms that make sense here, as people read them */
export const ModelUri = (forms = 'native:DIR, openai:https://…#model or scripted:'): PropertyDecorator =>
  allRules(IsString(), Length(1, MAX_CHARS), Matches(MODEL_URI, { message: `$property must be ${forms}` }));
