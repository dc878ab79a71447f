/** Edits a message in its place: Enter saves, Escape keeps the old text. */

import { ChatError, checkContentUpTo, type Delivery, type RoomId } from '@parley/client';
import { isComposing } from '@parley/client/react';
import { type KeyboardEvent, useId, useLayoutEffect, useRef, useState } from 'react';
import { useChat } from '../chat-context.ts';
import { Button } from '../components/button.tsx';
import { GrowingTextarea } from '../components/growing-textarea.tsx';
import { isTouchScreen } from '../hooks/touch-screen.ts';
import { useLengthMax } from '../hooks/use-length-max.ts';
import { messageStrings } from '../strings/message.ts';
import CharacterCounter from './character-counter.tsx';
import { type Editing, useConversationActions } from './conversation-actions.ts';
import classes from './message-editor.module.css';
import { useRemovedDraft } from './use-removed-draft.ts';
import { useTextKeys } from './use-text-keys.ts';

/** Outside of the first load. */
const TEXTS = { editLabel: 'Edit message', cancel: 'Cancel' } as const;

const SHOWN = new WeakSet<Editing>();

interface MessageEditorProps {
  readonly roomId: RoomId;
  readonly editing: Editing;
  readonly delivery: Delivery;
  readonly content: string;
}

export default function MessageEditor({ roomId, editing, delivery, content }: MessageEditorProps) {
  const { client, drafts } = useChat();
  const { edit } = useConversationActions();
  const { draftKey } = editing;
  const [text, setText] = useState(() => drafts.read(draftKey) || content);
  const [problem, setProblem] = useState<string>();
  const [isBusy, setIsBusy] = useState(false);
  const input = useRef<HTMLTextAreaElement>(null);
  const opener = useRef<Element>(null);
  const noteId = useId();
  const lengthMax = useLengthMax();
  const isValid = checkContentUpTo(text, lengthMax).kind === 'ok';
  useLayoutEffect(() => {
    const element = input.current;
    opener.current ??= document.activeElement;
    // Scrolled back into view, it leaves the focus where the user is.
    if (SHOWN.has(editing) || editing.isRestored) return;
    SHOWN.add(editing);
    element?.focus();
    element?.setSelectionRange(element.value.length, element.value.length);
  }, [editing]);

  const close = (): void => {
    // Before the editor is removed, which would lose the focus. In the message box the user types
    // on: on the message, letters are commands.
    const box = opener.current instanceof HTMLTextAreaElement ? opener.current : undefined;
    (box ?? input.current?.closest('article'))?.focus();
    drafts.write(draftKey, '');
    edit(undefined);
  };
  useRemovedDraft(draftKey, () => edit(undefined));

  const save = async (): Promise<void> => {
    if (isBusy || !isValid) return;
    if (text === content) {
      close();
      return;
    }
    setIsBusy(true);
    try {
      if (delivery.kind === 'sent') {
        const target = { roomId, messageId: delivery.id };
        await client.changeMessage(target, { kind: 'edit', content: text });
      } else {
        const edited = client.editUnsent(delivery.entry.clientMessageId, text);
        // If the message may be stored, the outbox keeps the text until it can be applied.
        if (delivery.entry.mayBeStored) edited.catch(() => {});
        else await edited;
      }
      close();
    } catch (error) {
      setProblem(messageStrings.notDone(ChatError.from(error).code));
      setIsBusy(false);
    }
  };

  const change = (next: string): void => {
    setText(next);
    drafts.write(draftKey, next === content ? '' : next);
  };
  const keys = useTextKeys(change);

  const onKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>): void => {
    if (isComposing(event.nativeEvent)) return;
    // The keys of the list around it do not apply here.
    event.stopPropagation();
    if (keys.onKeyDown(event)) return;
    if (event.key === 'Escape') {
      event.preventDefault();
      close();
    } else if (event.key === 'Enter' && !event.shiftKey && !isTouchScreen()) {
      event.preventDefault();
      void save();
    }
  };

  return (
    <form
      className={classes['editor']}
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      <GrowingTextarea
        ref={input}
        className={classes['text']}
        aria-label={TEXTS.editLabel}
        aria-describedby={noteId}
        value={text}
        readOnly={isBusy}
        onChange={({ target }) => change(target.value)}
        onKeyDown={onKeyDown}
        onPaste={keys.onPaste}
      />
      <p id={noteId} className={classes['note']}>
        <span className={classes['problem']} role="alert">
          {problem}
        </span>
        <CharacterCounter text={text} />
        <Button kind="quiet" onClick={close}>
          {TEXTS.cancel}
        </Button>
        <Button kind="primary" type="submit" aria-disabled={isBusy || !isValid}>
          {messageStrings.save}
        </Button>
      </p>
    </form>
  );
}
