/** Shows reminders that came until the user has done something about them, and the dialogs that save and forward messages. */
import {
  listSavedMessages,
  type MessageId,
  type SavedMessage,
  saveMessage,
  unsaveMessage,
} from '@parley/client';
import { useEffect, useState } from 'react';
import { useChat } from '../chat-context.ts';
import { Button } from '../components/button.tsx';
import { Link } from '../components/link.tsx';
import { answerForwards, type Forwarded } from '../conversation/ask-to-forward.ts';
import { answerSaves, CHANGE, SAVED_CHANGES } from '../conversation/ask-to-save.ts';
import { shownText } from '../files/shown-text.ts';
import { atEachConnection } from '../hooks/at-each-connection.ts';
import { useRoute } from '../hooks/use-route.ts';
import { PlainText } from '../people/mentions.ts';
import { ShownName } from '../people/use-shown-name.ts';
import { messagePath, SAVED_PATH } from '../route.ts';
import { savedStrings as texts } from '../strings/saved.ts';
import { ForwardDialog } from './forward-dialog.tsx';
import { SaveDialog } from './save-dialog.tsx';
import classes from './saved-notices.module.css';

/** More are in the list. */
const SHOWN_MAX = 2;
const TEXT_LENGTH_MAX = 200;

export default function SavedNotices() {
  const { client } = useChat();
  const [reminders, setReminders] = useState<readonly SavedMessage[]>([]);
  const [asked, setAsked] = useState<MessageId>();
  const [forwarded, setForwarded] = useState<Forwarded>();
  useEffect(() => answerSaves(setAsked), []);
  useEffect(() => answerForwards(setForwarded), []);
  useEffect(() => {
    let isCurrent = true;
    const load = (): void => {
      listSavedMessages(client, { reminded: true })
        .then(({ saved }) => isCurrent && setReminders(saved))
        // Tried again with the next connection.
        .catch(() => {});
    };
    const onReminder = (): void => {
      load();
      SAVED_CHANGES.dispatchEvent(new Event(CHANGE));
    };
    const ends = [atEachConnection(client, load), client.onNotice('reminder', onReminder)];
    SAVED_CHANGES.addEventListener(CHANGE, load);
    return () => {
      isCurrent = false;
      for (const end of ends) end();
      SAVED_CHANGES.removeEventListener(CHANGE, load);
    };
  }, [client]);
  const end = (id: MessageId, change: typeof unsaveMessage): void => {
    setReminders((before) => before.filter(({ message }) => message.id !== id));
    change(client, id)
      .then(() => SAVED_CHANGES.dispatchEvent(new Event(CHANGE)))
      // The reminder is shown again at the next start.
      .catch(() => {});
  };
  // The list itself says which ones came.
  const shown = useRoute().kind === 'saved' ? [] : reminders;
  const rest = shown.length - SHOWN_MAX;
  return (
    <>
      <div role="status">
        {shown.slice(0, SHOWN_MAX).map(({ message, room }) => (
          <div key={message.id} className={classes['notice']}>
            <Link to={messagePath(room.id, message.sequence)} className={classes['link']}>
              <strong>{texts.reminder}</strong>{' '}
              <ShownName userId={message.userId} username={message.sender} />:{' '}
              <span dir="auto">
                <PlainText text={shownText(message).slice(0, TEXT_LENGTH_MAX)} />
              </span>
            </Link>
            <Button onClick={() => end(message.id, unsaveMessage)}>{texts.doneShort}</Button>
            <Button kind="quiet" onClick={() => end(message.id, saveMessage)}>
              {texts.keep}
            </Button>
          </div>
        ))}
        {rest > 0 && (
          <p className={classes['notice']}>
            <Link to={SAVED_PATH}>{texts.all(rest)}</Link>
          </p>
        )}
      </div>
      {forwarded !== undefined && (
        <ForwardDialog forwarded={forwarded} onClose={() => setForwarded(undefined)} />
      )}
      {asked !== undefined && (
        <SaveDialog key={asked} messageId={asked} onClose={() => setAsked(undefined)} />
      )}
    </>
  );
}
