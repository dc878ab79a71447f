/** A link above the rooms, with an icon and perhaps a count. */
import { Icon, type IconName } from '../components/icon.tsx';
import { Link } from '../components/link.tsx';
import classes from './room-list.module.css';

interface ColumnLinkProps {
  readonly to: string;
  readonly icon: IconName;
  readonly name: string;
  readonly note?: string | undefined;
  readonly isHere: boolean;
}

export function ColumnLink({ to, icon, name, note, isHere }: ColumnLinkProps) {
  return (
    <Link to={to} className={classes['row']} aria-current={isHere ? 'page' : undefined}>
      <Icon name={icon} />
      <span className={classes['name']}>{name}</span>
      {note !== undefined && <span className={classes['unread']}>{note}</span>}
    </Link>
  );
}
