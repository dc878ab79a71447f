/**
 * Asks for confirmation before a logout, and says if it deletes drafts and unsent messages from this
 * browser. Loaded on the first use.
 */

import { useChat } from '../chat-context.ts';
import { FormDialog } from '../components/form-dialog.tsx';
import { logOutStrings } from '../strings/log-out.ts';
import { unsentOf } from './unsent.ts';

interface LogOutDialogProps {
  /** @throws {ChatError} The user is still logged in. */
  readonly onLogOut: () => Promise<void>;
  readonly onClose: () => void;
}

export default function LogOutDialog({ onLogOut, onClose }: LogOutDialogProps) {
  const unsent = unsentOf(useChat());
  const texts = logOutStrings[unsent.messages + unsent.drafts > 0 ? 'unsent' : 'nothing'];
  return (
    <FormDialog
      title={texts.title}
      text={texts.text(unsent)}
      submit={texts.confirm}
      isDanger={true}
      problemOf={() => logOutStrings.failed}
      onSubmit={onLogOut}
      onClose={onClose}
    />
  );
}
