/** A message that is still being made: muted, in the place where it will stand. */
import { texts } from '../strings.ts';
import classes from './message-row.module.css';
import type { GrowingRow as Row } from './timeline-rows.ts';

export function GrowingRow({ row }: { readonly row: Row }) {
  return (
    <article
      className={classes['message']}
      aria-label={texts.message.growing}
      aria-busy="true"
      data-message-id={row.draftId}
      data-state="growing"
      data-group-start="true"
    >
      <div className={classes['body']}>
        <p className={classes['head']}>
          <span className={classes['time']}>{texts.message.growing}</span>
        </p>
        <p className={classes['content']} dir="auto">
          {row.content}
        </p>
      </div>
    </article>
  );
}
