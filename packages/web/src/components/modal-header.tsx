/** The title of a modal surface, with a button that closes it. */
import { IconButton } from './icon-button.tsx';
import classes from './modal-header.module.css';

export interface ModalHeaderProps {
  readonly title: string;
  /** Name of the button. */
  readonly closeName: string;
  readonly onClose: () => void;
}

export function ModalHeader({ title, closeName, onClose }: ModalHeaderProps) {
  return (
    <header className={classes['header']}>
      <h1 tabIndex={-1}>{title}</h1>
      <IconButton icon="close" name={closeName} onClick={onClose} />
    </header>
  );
}
