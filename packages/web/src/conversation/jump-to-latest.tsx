/** Button to jump to the newest message, with the number of messages since you scrolled up. */
import { Button } from '../components/button.tsx';
import { Icon } from '../components/icon.tsx';
import { listStrings } from '../strings/list.ts';
import { strings } from '../strings/strings.ts';
import classes from './jump-to-latest.module.css';

interface JumpToLatestProps {
  readonly newCount: number;
  readonly onPress: () => void;
}

export function JumpToLatest({ newCount, onPress }: JumpToLatestProps) {
  return (
    <div className={classes['place']}>
      <Button className={classes['button']} onClick={onPress}>
        <Icon name="down" />
        {strings.conversation.latest}{' '}
        {newCount > 0 && <span className={classes['count']}>{listStrings.newBelow(newCount)}</span>}
      </Button>
    </div>
  );
}
