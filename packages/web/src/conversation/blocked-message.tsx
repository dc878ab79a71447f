/** In place of the text of a user whom the user has blocked. */
import { Button } from '../components/button.tsx';
import { listStrings } from '../strings/list.ts';
import classes from './deleted-message.module.css';

export default function BlockedMessage({ onShow }: { readonly onShow: () => void }) {
  return (
    <p className={classes['deleted']}>
      {listStrings.blocked}{' '}
      <Button
        kind="quiet"
        onClick={({ currentTarget }) => {
          // The button is about to be removed: move the focus first.
          currentTarget.closest('article')?.focus();
          onShow();
        }}
      >
        {listStrings.showBlocked}
      </Button>
    </p>
  );
}
