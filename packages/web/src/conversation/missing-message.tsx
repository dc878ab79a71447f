/** Says that the message of an address is not in the room. */
import { IconButton } from '../components/icon-button.tsx';
import { listStrings } from '../strings/list.ts';
import classes from './jump-to-latest.module.css';

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
