/** Says that the message of an address is not in the room. */
import { IconButton } from '../components/icon-button.tsx';
import classes from './jump-to-latest.module.css';
import { listStrings } from './list-strings.ts';

export function MissingMessage({ onDismiss }: { readonly onDismiss: () => void }) {
  return (
    <div className={classes['place']} data-side="top">
      <p className={classes['notice']} role="alert">
        {listStrings.missing}
        <IconButton icon="close" name={listStrings.dismissMissing} onClick={onDismiss} />
      </p>
    </div>
  );
}
