/** The message box. */
import { type FormEvent, useState } from 'react';

interface MessageFormProps {
  readonly onSend: (text: string) => void;
  readonly onTyping: () => void;
}

export function MessageForm({ onSend, onTyping }: MessageFormProps) {
  const [text, setText] = useState('');
  const send = (event: FormEvent): void => {
    event.preventDefault();
    onSend(text);
    setText('');
  };
  return (
    <form onSubmit={send}>
      <input
        aria-label="Message"
        value={text}
        onChange={(event) => {
          setText(event.target.value);
          onTyping();
        }}
      />
    </form>
  );
}
