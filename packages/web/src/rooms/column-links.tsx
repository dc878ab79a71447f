/**
 * Links above the rooms: the activity, the saved messages, and the followed threads, scheduled messages and drafts, if there are any. They are no list items,
 * which are what Alt and the arrow keys step through.
 */
import { Suspense } from 'react';
import { ScheduledLink, ThreadsLink } from '../parts.ts';
import { ACTIVITY_PATH, DRAFTS_PATH, type Route, SAVED_PATH } from '../route.ts';
import { strings } from '../strings/strings.ts';
import { ColumnLink } from './column-link.tsx';
import classes from './room-list.module.css';
import { useDrafts } from './use-drafts.ts';

export function ColumnLinks({ route }: { readonly route: Route }) {
  const { length: count } = useDrafts();
  return (
    <div className={`${classes['list']} ${classes['group']}`}>
      <ColumnLink
        to={ACTIVITY_PATH}
        icon="bell"
        name={strings.activity.title}
        isHere={route.kind === 'activity'}
      />
      <Suspense>
        <ThreadsLink isHere={route.kind === 'threads'} />
      </Suspense>
      <ColumnLink
        to={SAVED_PATH}
        icon="saved"
        name={strings.saved.title}
        isHere={route.kind === 'saved'}
      />
      <Suspense>
        <ScheduledLink isHere={route.kind === 'scheduled'} />
      </Suspense>
      {(count > 0 || route.kind === 'drafts') && (
        <ColumnLink
          to={DRAFTS_PATH}
          icon="draft"
          name={strings.drafts.title}
          note={count > 0 ? String(count) : undefined}
          isHere={route.kind === 'drafts'}
        />
      )}
    </div>
  );
}
