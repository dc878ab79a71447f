/** How much of a message still fits, only once it matters. */
import { checkContent, contentLength, LIMITS } from '@parley/client';
import { texts } from '../strings.ts';
import classes from './composer.module.css';

const LIMIT = LIMITS.nativeContentLengthMax;
const SHOWN_FROM = LIMIT * 0.9;

export function LengthNote({ text }: { readonly text: string }) {
  if (checkContent(text).kind === 'too_many_marks') {
    return <span className={classes['problem']}>{texts.composer.tooManyMarks}</span>;
  }
  const length = contentLength(text);
  if (length < SHOWN_FROM) return null;
  if (length <= LIMIT) return <span>{texts.composer.length(length, LIMIT)}</span>;
  return <span className={classes['problem']}>{texts.composer.tooLong(length, LIMIT)}</span>;
}
