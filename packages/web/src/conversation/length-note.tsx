/** How much of a message still fits, only once it matters. */
import { codePointCount, LIMITS } from '@parley/client';
import { texts } from '../texts.ts';
import classes from './composer.module.css';

const LIMIT = LIMITS.nativeContentLengthMax;
const SHOWN_FROM = LIMIT * 0.9;

export function LengthNote({ text }: { readonly text: string }) {
  const length = codePointCount(text.trim().normalize('NFC'));
  if (length < SHOWN_FROM) return null;
  if (length <= LIMIT) return <span>{texts.composer.length(length, LIMIT)}</span>;
  return <span className={classes['problem']}>{texts.composer.tooLong(length, LIMIT)}</span>;
}
