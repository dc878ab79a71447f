/** Character counter, shown only near the limit of the server. */
import { checkContent, contentLength } from '@parley/client';
import { useLengthMax } from '../hooks/use-length-max.ts';
import { messageStrings } from '../strings/message.ts';
import classes from './composer.module.css';

const SHOWN_FROM = 0.9;

export default function CharacterCounter({ text }: { readonly text: string }) {
  const limit = useLengthMax();
  if (checkContent(text).kind === 'too_many_marks') {
    return <span className={classes['problem']}>{messageStrings.tooManyMarks}</span>;
  }
  const length = contentLength(text);
  if (length < limit * SHOWN_FROM) return null;
  if (length <= limit) return <span>{messageStrings.length(length, limit)}</span>;
  return <span className={classes['problem']}>{messageStrings.tooLong(length, limit)}</span>;
}
