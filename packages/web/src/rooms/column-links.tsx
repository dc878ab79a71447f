/**
 * Links above the rooms: the activity, and the drafts, if there are any. They are no list items,
 * which are what Alt and the arrow keys step through.
 */
import { Icon, type IconName } from '../components/icon.tsx';
import { Link } from '../components/link.tsx';
import { ACTIVITY_PATH, DRAFTS_PATH, type Route } from '../route.ts';
import { strings } from '../strings/strings.ts';
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

interface ColumnLinkProps {
  readonly to: string;
  readonly icon: IconName;
  readonly name: string;
  readonly note?: string | undefined;
  readonly isHere: boolean;
}

function ColumnLink({ to, icon, name, note, isHere }: ColumnLinkProps) {
  return (
    <Link to={to} className={classes['row']} aria-current={isHere ? 'page' : undefined}>
      <Icon name={icon} />
      <span className={classes['name']}>{name}</span>
      {note !== undefined && <span className={classes['unread']}>{note}</span>}
    </Link>
  );
}
