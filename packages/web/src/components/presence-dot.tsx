/** Whether a person is there: a dot to look at, a word to hear. */
import type { PresenceStatus } from '@parley/client';
import { strings } from '../strings.ts';
import classes from './presence-dot.module.css';

export function PresenceDot({ status }: { readonly status: PresenceStatus }) {
  return (
    <span className={classes['dot']} data-status={status}>
      <span className="visually-hidden">{strings.members.status[status]}</span>
    </span>
  );
}
