/** Links above the rooms: the drafts, if there are any. */
import { Icon } from '../components/icon.tsx';
import { Link } from '../components/link.tsx';
import { DRAFTS_PATH, type Route } from '../route.ts';
import { strings } from '../strings.ts';
import classes from './room-list.module.css';
import { useDrafts } from './use-drafts.ts';

export function ColumnLinks({ route }: { readonly route: Route }) {
  const drafts = useDrafts();
  const isHere = route.kind === 'drafts';
  if (drafts.length === 0 && !isHere) return null;
  return (
    <ul className={`${classes['list']} ${classes['group']}`}>
      <li className={classes['item']}>
        <Link
          to={DRAFTS_PATH}
          className={classes['row']}
          aria-current={isHere ? 'page' : undefined}
        >
          <Icon name="edit" />
          <span className={classes['name']}>{strings.drafts.title}</span>
          <span className={classes['count']}>{drafts.length}</span>
        </Link>
      </li>
    </ul>
  );
}
