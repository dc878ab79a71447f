/** Character counter, shown only near the limit. */
import { checkContent, contentLength, LIMITS } from '@parley/client';
import { strings } from '../strings.ts';
import classes from './composer.module.css';

const LIMIT = LIMITS.nativeContentLengthMax;
const SHOWN_FROM = LIMIT * 0.9;

export function CharacterCounter({ text }: { readonly text: string }) {
  if (checkContent(text).kind === 'too_many_marks') {
    return <span className={classes['problem']}>{strings.composer.tooManyMarks}</span>;
  }
  const length = contentLength(text);
  if (length < SHOWN_FROM) return null;
  if (length <= LIMIT) return <span>{strings.composer.length(length, LIMIT)}</span>;
  return <span className={classes['problem']}>{strings.composer.tooLong(length, LIMIT)}</span>;
}
