/** Message box: grows to ten lines, sends on Enter, keeps the text until it is queued or sent. */
import { type Attachment, ChatError, checkContent, type ErrorCode } from '@parley/client';
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
  useEffect,
  useId,
  useImperativeHandle,
  useRef,
  useState,
} from 'react';
import { GrowingTextarea } from '../components/growing-textarea.tsx';
import { IconButton } from '../components/icon-button.tsx';
import { conversationPart } from '../components/lazy-until-loaded.ts';
import { FILES_EVENT, NO_FILES } from '../files/attached.ts';
import { useChat } from '../hooks/chat-context.ts';
import { plainKey } from '../hooks/plain-key.ts';
import { isTouchScreen } from '../hooks/touch-screen.ts';
import { strings } from '../strings/strings.ts';
import type { MentionPlace } from './completion.ts';
import classes from './composer.module.css';
import { ComposerTools } from './composer-tools.tsx';
import type { DraftKey } from './draft-storage.ts';
import { useCompletion } from './use-completion.ts';
import { useFocusWhenOpen } from './use-focus-when-open.ts';
import { useLengthMax } from './use-length-max.ts';
import { useRemovedDraft } from './use-removed-draft.ts';

const CharacterCounter = conversationPart(() => import('./character-counter.tsx'));
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
  /** Error message to show if `onSend` throws. */
  readonly problemOf: (code: ErrorCode) => string;
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
  /** Those that were chosen last; undefined if the message has none. */
  const [chosen, setChosen] = useState<readonly File[]>();
  const [attached, setAttached] = useState(NO_FILES);
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

  useEffect(() => {
    const form = input.current?.form;
    // A plus, a drop and a paste are the same here.
    const onFiles = (event: Event): void => {
      setChosen((event as CustomEvent<File[]>).detail);
      // Until the tray is loaded.
      setAttached({ state: 'waiting', attachments: [] });
    };
    form?.addEventListener(FILES_EVENT, onFiles);
    return () => form?.removeEventListener(FILES_EVENT, onFiles);
  }, []);

  const clear = (): void => {
    setText('');
    drafts.clear(draftKey, text);
  };
  useRemovedDraft(draftKey, () => setText(''));

  const fail = (error: unknown): void => {
    if (!(error instanceof ChatError)) throw error;
    setProblem(problemOf(error.code));
  };

  const send = (): Promise<void> | undefined => {
    const finish = (): void => {
      clear();
      setChosen(undefined);
      setAttached(NO_FILES);
      setProblem(undefined);
    };
    try {
      const sending = onSend(text, attached.attachments);
      if (sending !== undefined) return sending.then(finish).catch(fail);
      finish();
    } catch (error) {
      fail(error);
    }
    return undefined;
  };

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
      data-files={takesFiles ? '' : undefined}
      {...formProps}
    >
      <div className={classes['box']}>
        {props.children}
        {chosen !== undefined && (
          <Suspense>
            <FileTray chosen={chosen} onChange={setAttached} />
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
            onKeyDown(event);
            inputProps.onKeyDown(event);
          }}
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
            takesFiles={takesFiles}
            onChange={change}
          />
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
      attached={attached.state}
      // On a touch keyboard Enter inserts a line break; the button sends.
      sendsOnEnter={!isTouchScreen()}
    >
      {render}
    </HeadlessComposer>
  );
}
