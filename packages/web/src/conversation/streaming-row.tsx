/** A message that the assistant is still writing: muted, in its final place. */
import type { StreamingRow as Row } from '@parley/client/react';
import { messageStrings } from '../strings/message.ts';
import classes from './message-row.module.css';

export default function StreamingRow({ row }: { readonly row: Row }) {
  return (
    <article
      className={classes['message']}
      aria-label={messageStrings.streaming}
      aria-busy="true"
      data-message-id={row.draftId}
      data-state="growing"
      data-group-start="true"
    >
      <div className={classes['body']}>
        <p className={classes['head']}>
          <span className={classes['time']}>{messageStrings.streaming}</span>
        </p>
        <p className={classes['content']} dir="auto">
          {row.content}
        </p>
      </div>
    </article>
  );
}
