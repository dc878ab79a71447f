/** Message box: grows to ten lines, sends on Enter, keeps the text until it is queued or sent. */
import {
  type Attachment,
  ChatError,
  checkContent,
  type ErrorCode,
  type MessageId,
  type RoomId,
} from '@parley/client';
import {
  type ComposerState,
  Composer as HeadlessComposer,
  isComposing,
} from '@parley/client/react';
import {
  type KeyboardEvent,
  type ReactNode,
  type Ref,
  Suspense,
  useId,
  useImperativeHandle,
  useRef,
  useState,
  useSyncExternalStore,
} from 'react';
import { useChat } from '../chat-context.ts';
import { GrowingTextarea } from '../components/growing-textarea.tsx';
import { IconButton } from '../components/icon-button.tsx';
import { conversationPart } from '../components/lazy-until-loaded.ts';
import type { DraftKey } from '../drafts/draft-storage.ts';
import { filesKey } from '../drafts/drafts.ts';
import {
  type AttachedState,
  type EndRecording,
  NO_FILES,
  WAITING_FILES,
} from '../files/attached.ts';
import { plainKey } from '../hooks/plain-key.ts';
import { isTouchScreen } from '../hooks/touch-screen.ts';
import { useLengthMax } from '../hooks/use-length-max.ts';
import { strings } from '../strings/strings.ts';
import type { MentionPlace } from './completion.ts';
import classes from './composer.module.css';
import { ComposerTools } from './composer-tools.tsx';
import { useCompletion } from './use-completion.ts';
import { useFocusWhenOpen } from './use-focus-when-open.ts';
import { useRemovedDraft } from './use-removed-draft.ts';
import { useTextKeys } from './use-text-keys.ts';

const CharacterCounter = conversationPart(() => import('./character-counter.tsx'));
const PollButton = conversationPart(() => import('./poll-button.tsx'));
const SendLater = conversationPart(() => import('./send-later.tsx'));
const FileTray = conversationPart(() => import('../files/file-tray.tsx'));
/** Loaded with the first room; the box handles the keys. */
const CompletionList = conversationPart(() => import('./completion-list.tsx'));

interface ComposerProps {
  readonly ref: Ref<HTMLTextAreaElement>;
  readonly draftKey: DraftKey;
  /** Name of the room or person for the placeholder; empty until it is known. */
  readonly name: string;
  /** Name of the box, and its placeholder, where it is not the main one. */
  readonly label?: string;
  /**
   * True until the room was opened for the first time. You can keep typing without a
   * connection.
   */
  readonly isDisabled: boolean;
  /** Names that the box completes after `@`. */
  readonly completions?: MentionPlace;
  /** Shown above the text, such as the message that it replies to. */
  readonly children?: ReactNode;
  /**
   * Queues or sends the text, which may be empty beside files; a promise keeps the text in the box
   * until it resolves.
   * @throws {ChatError}
   */
  readonly onSend: (text: string, attachments: readonly Attachment[]) => void | Promise<void>;
  /** Whether a message of this box may have files. */
  readonly takesFiles?: boolean;
  /** Where the message may be sent later, or a poll. */
  readonly later?: {
    readonly roomId: RoomId;
    readonly parentId: MessageId | undefined;
    readonly alsoToRoom?: boolean;
  };
  /** Called when the message is scheduled, or a poll is sent. */
  readonly onScheduled?: () => void;
  /** Error message to show if `onSend` throws. */
  readonly problemOf: (code: ErrorCode, message: string) => string;
  /** Warning about the text before it is sent, if there is a need. */
  readonly renderWarning?: (text: string) => ReactNode;
  /** Called after each change; an empty text means that typing stopped. */
  readonly onType?: (text: string) => void;
  /** Arrow up in an empty box. */
  readonly onEditLast?: () => void;
  /** Escape in the box. */
  readonly onEscape?: () => void;
}

export function Composer(props: ComposerProps) {
  const { ref, draftKey, name, label, isDisabled, onSend, problemOf, onType } = props;
  const takesFiles = props.takesFiles === true && !isDisabled;
  const { drafts } = useChat();
  const [text, setText] = useState(() => drafts.read(draftKey));
  const [problem, setProblem] = useState<string>();
  const [tray, setTray] = useState<AttachedState>();
  /** While something is recorded. */
  const [recording, setRecording] = useState<EndRecording>();
  const files = useSyncExternalStore(drafts.subscribe, () => drafts.read(filesKey(draftKey)));
  const attached = files === '' ? NO_FILES : (tray ?? WAITING_FILES);
  const input = useRef<HTMLTextAreaElement>(null);
  // The ref is set before the effects of the parents run.
  useImperativeHandle(ref, () => input.current as HTMLTextAreaElement, []);
  const lengthMax = useLengthMax();
  const noteId = useId();
  const inputId = useId();
  useFocusWhenOpen(inputId, isDisabled);

  const change = (next: string): void => {
    setText(next);
    if (next === '') drafts.clear(draftKey, text);
    else drafts.write(draftKey, next);
    onType?.(checkContent(next).kind === 'empty' ? '' : next);
  };
  const completion = useCompletion(input, change, props.completions);
  const keys = useTextKeys(change);

  const clear = (): void => {
    setText('');
    drafts.clear(draftKey, text);
  };
  useRemovedDraft(draftKey, () => setText(''));

  const fail = (error: unknown): void => {
    if (!(error instanceof ChatError)) throw error;
    setProblem(problemOf(error.code, error.message));
  };

  const finish = (): void => {
    clear();
    drafts.write(filesKey(draftKey), '');
    setProblem(undefined);
  };

  const sendWith = (attachments: readonly Attachment[]): Promise<void> | undefined => {
    try {
      const sending = onSend(text, attachments);
      if (sending !== undefined) return sending.then(finish).catch(fail);
      finish();
    } catch (error) {
      fail(error);
    }
    return undefined;
  };

  const send = (): Promise<void> | undefined =>
    recording === undefined
      ? sendWith(attached.attachments)
      : recording().then((all) => all && sendWith(all));

  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'Escape' && props.onEscape !== undefined) props.onEscape();
    if (plainKey(event) === 'ArrowUp' && text === '' && props.onEditLast !== undefined) {
      event.preventDefault();
      props.onEditLast();
    }
  };

  const render = ({ canSend, check, formProps, inputProps }: ComposerState): ReactNode => (
    <form
      className={classes['composer']}
      data-region=""
      data-files={takesFiles ? draftKey : undefined}
      {...formProps}
    >
      <div className={classes['box']}>
        {props.children}
        {files !== '' && (
          <Suspense>
            <FileTray place={draftKey} draft={files} onChange={setTray} />
          </Suspense>
        )}
        <GrowingTextarea
          ref={input}
          id={inputId}
          className={classes['text']}
          aria-label={label ?? strings.composer.label}
          aria-describedby={noteId}
          aria-invalid={check.kind === 'too_long'}
          placeholder={label ?? (name === '' ? '' : strings.composer.placeholder(name))}
          {...completion.inputProps}
          {...inputProps}
          onChange={(event) => {
            inputProps.onChange(event);
            completion.look();
          }}
          onSelect={completion.look}
          onKeyDown={(event) => {
            if (isComposing(event.nativeEvent) || completion.onKeyDown(event)) return;
            if (keys.onKeyDown(event)) return;
            onKeyDown(event);
            inputProps.onKeyDown(event);
          }}
          onPaste={keys.onPaste}
          onBlur={() => {
            completion.close();
            onType?.('');
          }}
        />
        {completion.list !== undefined && (
          <Suspense>
            <CompletionList {...completion.list} />
          </Suspense>
        )}
        <div className={classes['tools']}>
          <ComposerTools
            input={input}
            isDisabled={isDisabled}
            filesOf={takesFiles ? draftKey : undefined}
            onChange={change}
            onRecording={(end) => setRecording(() => end)}
          />
          {props.later !== undefined && takesFiles && (
            <Suspense>
              <PollButton {...props.later} onDone={props.onScheduled} />
            </Suspense>
          )}
          <p id={noteId} className={classes['note']}>
            <span className={classes['problem']} role="alert">
              {problem}
            </span>
            <span className={classes['warning']} role="status">
              <Suspense>{props.renderWarning?.(text)}</Suspense>
            </span>
            <span className={classes['hint']}>{strings.composer.hint}</span>
            <Suspense>
              <CharacterCounter text={text} />
            </Suspense>
          </p>
          {props.later !== undefined && (
            <Suspense>
              <SendLater
                {...props.later}
                text={text}
                attachments={attached.attachments}
                canSend={canSend && recording === undefined}
                onDone={() => {
                  finish();
                  props.onScheduled?.();
                  input.current?.focus();
                }}
                onProblem={setProblem}
              />
            </Suspense>
          )}
          <IconButton
            icon="send"
            name={strings.composer.send}
            className={classes['send']}
            type="submit"
            // `disabled` would drop the focus. Pressing the button must not take the focus
            // from the text either.
            aria-disabled={!canSend}
            onMouseDown={(event) => event.preventDefault()}
          />
        </div>
      </div>
    </form>
  );

  return (
    <HeadlessComposer
      text={text}
      setText={change}
      onSend={send}
      isDisabled={isDisabled}
      lengthMax={lengthMax}
      attached={recording === undefined ? attached.state : 'ready'}
      // On a touch keyboard Enter inserts a line break; the button sends.
      sendsOnEnter={!isTouchScreen()}
    >
      {render}
    </HeadlessComposer>
  );
}
