/** All keys of the page. Loaded on the first use. */
import { IconButton } from '../components/icon-button.tsx';
import { Modal } from '../components/modal.tsx';
import { strings } from '../strings.ts';
import classes from './shortcut-sheet.module.css';

export default function ShortcutSheet({ onClose }: { readonly onClose: () => void }) {
  return (
    <Modal label={strings.shortcuts.title} onClose={onClose}>
      <header className={classes['header']}>
        <h1>{strings.shortcuts.title}</h1>
        <IconButton icon="close" name={strings.shortcuts.close} onClick={onClose} />
      </header>
      <dl className={classes['list']}>
        {strings.shortcuts.list.map(([keys, meaning]) => (
          <div key={keys} className={classes['row']}>
            <dt>
              <kbd>{keys}</kbd>
            </dt>
            <dd>{meaning}</dd>
          </div>
        ))}
      </dl>
    </Modal>
  );
}
