/** Character counter, shown only near the limit of the server. */
import { checkContent, contentLength } from '@parley/client';
import { strings } from '../strings/strings.ts';
import classes from './composer.module.css';
import { useLengthMax } from './use-length-max.ts';

const SHOWN_FROM = 0.9;

export default function CharacterCounter({ text }: { readonly text: string }) {
  const limit = useLengthMax();
  if (checkContent(text).kind === 'too_many_marks') {
    return <span className={classes['problem']}>{strings.composer.tooManyMarks}</span>;
  }
  const length = contentLength(text);
  if (length < limit * SHOWN_FROM) return null;
  if (length <= limit) return <span>{strings.composer.length(length, limit)}</span>;
  return <span className={classes['problem']}>{strings.composer.tooLong(length, limit)}</span>;
}
