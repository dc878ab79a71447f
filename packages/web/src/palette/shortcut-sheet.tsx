/** All keys of the page. Loaded on the first use. */

import { Modal } from '../components/modal.tsx';
import { ModalHeader } from '../components/modal-header.tsx';
import { shortcutStrings } from '../strings/shortcut.ts';
import classes from './shortcut-sheet.module.css';

export default function ShortcutSheet({ onClose }: { readonly onClose: () => void }) {
  return (
    <Modal label={shortcutStrings.title} onClose={onClose}>
      <ModalHeader
        title={shortcutStrings.title}
        closeName={shortcutStrings.close}
        onClose={onClose}
      />
      <dl className={classes['list']}>
        {shortcutStrings.list.map(([keys, meaning]) => (
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
