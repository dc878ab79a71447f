/** Button of a header that returns to the list of rooms, where there is space for one column only. */

import { navigate } from '../hooks/use-route.ts';
import { HOME_PATH } from '../route.ts';
import { strings } from '../strings/strings.ts';
import classes from './back-to-rooms.module.css';
import { IconButton } from './icon-button.tsx';

export function BackToRooms() {
  return (
    <IconButton
      icon="back"
      name={strings.rooms.back}
      className={classes['button']}
      onClick={() => navigate(HOME_PATH)}
    />
  );
}
