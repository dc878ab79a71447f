/** Stands in the place of the message field in a room in which the user cannot write. */
import { readOnlyStrings as texts } from '../strings/read-only.ts';
import type { ReadOnlyReason } from './read-only.ts';
import classes from './read-only-note.module.css';

export default function ReadOnlyNote({ reason }: { readonly reason: ReadOnlyReason }) {
  return (
    <p className={classes['note']} role="note">
      {texts[reason]}
    </p>
  );
}
