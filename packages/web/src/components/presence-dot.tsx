/** Presence of a person: a dot, and a word for screen readers. */
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
