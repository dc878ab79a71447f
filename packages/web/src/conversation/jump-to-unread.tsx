/** Button to jump to the first unread message while it is above the screen. */
import { Button } from '../components/button.tsx';
import { Icon } from '../components/icon.tsx';
import { listStrings } from '../strings/list.ts';
import classes from './jump-to-latest.module.css';

export function JumpToUnread({ onPress }: { readonly onPress: () => void }) {
  return (
    <div className={classes['place']} data-side="top">
      <Button className={classes['button']} onClick={onPress}>
        <Icon name="up" />
        {listStrings.firstUnread}
      </Button>
    </div>
  );
}
