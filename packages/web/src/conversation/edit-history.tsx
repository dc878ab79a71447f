/** The texts that a message had, the latest first, each with what its author changed. Loaded on the first use. */
import { loadEditHistory, type MessageId, type MessageVersion, type RoomId } from '@parley/client';
import { useEffect, useState } from 'react';
import { useChat } from '../chat-context.ts';
import { LoadStatus } from '../components/load-status.tsx';
import { Modal } from '../components/modal.tsx';
import { ModalHeader } from '../components/modal-header.tsx';
import { absoluteTime } from '../format-time.ts';
import { editHistoryStrings as texts } from '../strings/edit-history.ts';
import { changedPart } from './changed-part.ts';
import classes from './edit-history.module.css';

interface EditHistoryProps {
  readonly roomId: RoomId;
  readonly messageId: MessageId;
  readonly content: string;
  readonly editedAtMs: number;
  readonly onClose: () => void;
}

export default function EditHistory(props: EditHistoryProps) {
  const { roomId, messageId, content, editedAtMs, onClose } = props;
  const { client } = useChat();
  const [earlier, setEarlier] = useState<readonly MessageVersion[] | 'loading' | 'failed'>(
    'loading',
  );
  const [attempt, setAttempt] = useState(0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: an edit and another attempt load it again.
  useEffect(() => {
    let isCurrent = true;
    loadEditHistory(client, { roomId, messageId }).then(
      (versions) => isCurrent && setEarlier(versions),
      () => isCurrent && setEarlier('failed'),
    );
    return () => {
      isCurrent = false;
    };
  }, [client, roomId, messageId, editedAtMs, attempt]);
  const retry = (): void => {
    setEarlier('loading');
    setAttempt(attempt + 1);
  };
  const isLoaded = typeof earlier !== 'string';
  const all = [{ content, writtenAtMs: editedAtMs }, ...(isLoaded ? earlier : [])];
  // Numbered from the first text, so that an edit adds an entry.
  const versions = all.map((version, index) => ({
    ...{ ...version, number: all.length - index, before: all[index + 1]?.content },
  }));
  return (
    <Modal label={texts.title} onClose={onClose}>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: keys of the message list, in which the dialog is, do not apply */}
      <div
        className={classes['keys']}
        onKeyDown={(event) => {
          if (event.key !== 'Escape') event.stopPropagation();
        }}
      >
        <ModalHeader title={texts.title} closeName={texts.close} onClose={onClose} />
        {/* Scrolls by keys. */}
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a long list has no control inside. */}
        <section className={classes['scroll']} tabIndex={0} aria-label={texts.title}>
          <LoadStatus
            status={isLoaded ? 'ready' : earlier}
            isEmpty={true}
            texts={texts}
            onRetry={retry}
          />
          {isLoaded && (
            <ol className={classes['versions']}>
              {versions.map(({ number, before, ...version }) => (
                <li key={number}>
                  <p className={classes['time']}>
                    <time dateTime={new Date(version.writtenAtMs).toISOString()}>
                      {absoluteTime(version.writtenAtMs)}
                    </time>
                    {number === versions.length && ` · ${texts.now}`}
                  </p>
                  <VersionText text={version.content} before={before} />
                </li>
              ))}
            </ol>
          )}
          {isLoaded && earlier.length === 0 && <p className={classes['time']}>{texts.none}</p>}
        </section>
      </div>
    </Modal>
  );
}

interface VersionTextProps {
  readonly text: string;
  readonly before: string | undefined;
}

/** Marks what the text before it did not have. */
function VersionText({ text, before }: VersionTextProps) {
  const [start, end] = before === undefined ? [0, 0] : changedPart(before, text);
  return (
    <p className={classes['text']} dir="auto">
      {text.slice(0, start)}
      {end > start && <mark>{text.slice(start, end)}</mark>}
      {text.slice(Math.max(start, end))}
    </p>
  );
}
