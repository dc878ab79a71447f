/** A message box without an appearance: when it sends, and when it cannot. */
import {
  type ChangeEvent,
  type FormEvent,
  type KeyboardEvent,
  type ReactNode,
  useState,
} from 'react';
import { type ContentCheck, checkContentUpTo } from '../core/messages/content-validation.ts';
import { isComposing } from './is-composing.ts';
import { useDoubleSubmitGuard } from './use-double-submit-guard.ts';

type TextElement = HTMLInputElement | HTMLTextAreaElement;

export interface ComposerProps {
  readonly text: string;
  readonly setText: (text: string) => void;
  /**
   * Sends the text and empties it, such as `send` of `useComposer`. The box is read-only until a
   * promise has ended.
   */
  readonly onSend: () => unknown;
  readonly isDisabled?: boolean;
  /** Code points of the text, such as `contentLengthMax` of the client's state. */
  readonly lengthMax?: number | undefined;
  /**
   * Files of the message: nothing is sent while they are `waiting`, and an empty text when they are
   * `ready`. Default: `none`.
   */
  readonly attached?: 'none' | 'waiting' | 'ready';
  /** Set it to false for touch keyboards, whose Enter inserts a line break. Default: true. */
  readonly sendsOnEnter?: boolean;
  readonly children: (composer: ComposerState) => ReactNode;
}

export interface ComposerState {
  /** Use it for `aria-disabled` of the button: a disabled button would lose the focus. */
  readonly canSend: boolean;
  readonly isSending: boolean;
  /** Whether the text is empty, too long, or may be sent. */
  readonly check: ContentCheck;
  /** For the form around the box and its button. */
  readonly formProps: { readonly onSubmit: (event: FormEvent) => void };
  /** For an `input` or a `textarea`. */
  readonly inputProps: {
    readonly value: string;
    readonly disabled: boolean;
    readonly readOnly: boolean;
    readonly onChange: (event: ChangeEvent<TextElement>) => void;
    readonly onKeyDown: (event: KeyboardEvent<TextElement>) => void;
  };
}

/** Sends on Enter (Shift+Enter is a line break) and with a button; a double click sends once. */
export function Composer(props: ComposerProps): ReactNode {
  const { text, setText, onSend, isDisabled = false, sendsOnEnter = true, children } = props;
  const [isSending, setIsSending] = useState(false);
  const [isPaused, pause] = useDoubleSubmitGuard();
  const check = checkContentUpTo(text, props.lengthMax);
  const { attached } = props;
  const isSendable = check.kind === 'ok' || (check.kind === 'empty' && attached === 'ready');
  const isReady = !isDisabled && !isSending && isSendable && attached !== 'waiting';

  const send = async (): Promise<void> => {
    if (!isReady) return;
    const sending = onSend();
    if (!(sending instanceof Promise)) return;
    setIsSending(true);
    try {
      await sending;
    } finally {
      setIsSending(false);
    }
  };

  const onSubmit = (event: FormEvent): void => {
    event.preventDefault();
    if (isPaused || !isReady) return;
    void send();
    pause();
  };

  const onKeyDown = (event: KeyboardEvent<TextElement>): void => {
    if (event.key !== 'Enter' || event.shiftKey || isComposing(event.nativeEvent)) return;
    if (!sendsOnEnter) return;
    event.preventDefault();
    void send();
  };

  return children({
    canSend: isReady && !isPaused,
    isSending,
    check,
    formProps: { onSubmit },
    inputProps: {
      value: text,
      disabled: isDisabled,
      readOnly: isSending,
      onChange: (event) => setText(event.target.value),
      onKeyDown,
    },
  });
}
