/** Tabs at the lower edge of a phone; hidden inside a conversation. */
import { Icon } from '../components/icon.tsx';
import { Link } from '../components/link.tsx';
import { HOME_PATH, PEOPLE_PATH, type Route } from '../route.ts';
import { tabStrings } from '../strings/tabs.ts';
import classes from './phone-tabs.module.css';

interface PhoneTabsProps {
  readonly className: string | undefined;
  readonly route: Route;
  readonly onPalette: () => void;
  readonly onSettings: () => void;
}

export default function PhoneTabs({ className, route, onPalette, onSettings }: PhoneTabsProps) {
  const tab = (kind: Route['kind'], to: string) => ({
    to,
    className: classes['tab'],
    'aria-current': route.kind === kind ? ('page' as const) : undefined,
  });
  return (
    <nav className={`${className} ${classes['tabs']}`} aria-label={tabStrings.title}>
      <Link {...tab('rooms', HOME_PATH)}>
        <Icon name="home" />
        {tabStrings.home}
      </Link>
      <Link {...tab('people', PEOPLE_PATH)}>
        <Icon name="people" />
        {tabStrings.people}
      </Link>
      <button type="button" className={classes['tab']} onClick={onPalette}>
        <Icon name="search" />
        {tabStrings.search}
      </button>
      <button type="button" className={classes['tab']} onClick={onSettings}>
        <Icon name="person" />
        {tabStrings.you}
      </button>
    </nav>
  );
}
