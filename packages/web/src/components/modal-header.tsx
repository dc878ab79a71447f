/** The title of a modal surface, with a button that closes it, and one that leads back. */
import { IconButton } from './icon-button.tsx';
import classes from './modal-header.module.css';

interface ModalHeaderProps {
  readonly title: string;
  /** Name of the button. */
  readonly closeName: string;
  readonly onClose: () => void;
  /** On a page that was opened from another one of the surface. */
  readonly back?: { readonly name: string; readonly onBack: () => void } | undefined;
}

export function ModalHeader({ title, closeName, onClose, back }: ModalHeaderProps) {
  return (
    <header className={classes['header']}>
      {back !== undefined && <IconButton icon="back" name={back.name} onClick={back.onBack} />}
      <h1 tabIndex={-1}>{title}</h1>
      <IconButton icon="close" name={closeName} onClick={onClose} />
    </header>
  );
}
