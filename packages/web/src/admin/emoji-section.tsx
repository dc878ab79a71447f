/** Custom emoji of the server: to add and delete. */
import { addCustomEmoji, ChatError, type CustomEmoji, deleteCustomEmoji } from '@parley/client';
import { useEffect, useRef, useState } from 'react';
import { useChat } from '../chat-context.ts';
import { Button } from '../components/button.tsx';
import { FormDialog } from '../components/form-dialog.tsx';
import { TextField } from '../components/text-field.tsx';
import { customEmojiOf, useCustomEmoji } from '../emoji/custom-emoji-list.ts';
import { useShownName } from '../people/use-shown-name.ts';
import { customEmojiStrings as texts } from '../strings/custom-emoji.ts';
import { strings } from '../strings/strings.ts';
import classes from './admin-page.module.css';
import own from './emoji-section.module.css';

const NAME_LENGTH_MAX = 30;
const BYTES_MAX = 1024 * 1024;
const TYPES = 'image/png,image/jpeg,image/gif,image/webp';

export function EmojiSection() {
  const { client } = useChat();
  const emoji = [...useCustomEmoji().values()];
  const [isLoaded, setIsLoaded] = useState(false);
  const [problem, setProblem] = useState<string>();
  const [isAdding, setIsAdding] = useState(false);
  const [removed, setRemoved] = useState<string>();
  useEffect(() => {
    customEmojiOf(client)
      .refresh()
      .then(() => setIsLoaded(true))
      .catch((error: unknown) => setProblem(strings.error(ChatError.from(error).code)));
  }, [client]);
  return (
    <section className={classes['section']} aria-label={texts.title}>
      <h2 tabIndex={-1}>{texts.title}</h2>
      <p className={classes['note']}>{texts.text}</p>
      <div>
        <Button kind="primary" onClick={() => setIsAdding(true)}>
          {texts.add}
        </Button>
      </div>
      <p role="status" className={classes['problem']}>
        {problem}
      </p>
      {isLoaded && emoji.length === 0 && <p>{texts.none}</p>}
      <ul aria-label={texts.list}>
        {emoji.map((each) => (
          <EmojiRow key={each.name} emoji={each} onRemove={() => setRemoved(each.name)} />
        ))}
      </ul>
      {isAdding && <AddDialog onClose={() => setIsAdding(false)} />}
      {removed !== undefined && (
        <FormDialog
          title={texts.removeOf(removed)}
          text={texts.removeText}
          submit={texts.remove}
          isDanger={true}
          onSubmit={async () => {
            await deleteCustomEmoji(client, removed);
            await customEmojiOf(client).refresh();
          }}
          onClose={() => setRemoved(undefined)}
        />
      )}
    </section>
  );
}

interface EmojiRowProps {
  readonly emoji: CustomEmoji;
  readonly onRemove: () => void;
}

function EmojiRow({ emoji: { name, url, userId }, onRemove }: EmojiRowProps) {
  const by = useShownName(userId, '');
  return (
    <li className={classes['invite']}>
      <span className={own['emoji']}>
        <img className={own['picture']} src={url} alt="" loading="lazy" />
        <span className={classes['name']}>
          <span>:{name}:</span>
          {by !== '' && <small className={classes['note']}>{texts.by(by)}</small>}
        </span>
      </span>
      <Button kind="quiet" aria-label={texts.removeOf(name)} onClick={onRemove}>
        {texts.remove}
      </Button>
    </li>
  );
}

function AddDialog({ onClose }: { readonly onClose: () => void }) {
  const { client } = useChat();
  const [file, setFile] = useState<File>();
  const [address, setAddress] = useState<string>();
  const [name, setName] = useState('');
  const input = useRef<HTMLInputElement>(null);
  const choose = (chosen: File | undefined): void => {
    if (chosen === undefined) return;
    setFile(chosen);
    setAddress(undefined);
    // The policy of the page allows no addresses of objects. A larger file is refused anyway.
    if (chosen.size <= BYTES_MAX) readAsAddress(chosen, setAddress);
    if (name === '') setName(nameOfFile(chosen.name));
  };
  return (
    <FormDialog
      title={texts.add}
      text={texts.text}
      submit={texts.save}
      isReady={file !== undefined && name.trim() !== ''}
      problemOf={(code, { field, message }) => texts.problem(code, field, message)}
      onSubmit={async () => {
        if (file === undefined) return;
        await addCustomEmoji(client, name.trim().replaceAll(':', ''), file);
        await customEmojiOf(client).refresh();
      }}
      onClose={onClose}
    >
      <div className={own['choice']}>
        {address !== undefined && (
          <img className={own['picture']} src={address} alt={texts.preview} />
        )}
        <Button onClick={() => input.current?.click()}>{texts.choose}</Button>
        <small className={classes['note']}>{texts.chooseHint}</small>
        <input
          ref={input}
          type="file"
          accept={TYPES}
          hidden={true}
          aria-label={texts.choose}
          onChange={({ target }) => {
            choose(target.files?.[0]);
            // The same file can be chosen again.
            target.value = '';
          }}
        />
      </div>
      <TextField
        label={texts.name}
        hint={texts.nameHint}
        value={name}
        maxLength={NAME_LENGTH_MAX + 2}
        autoComplete="off"
        autoCapitalize="none"
        onChange={({ target }) => setName(target.value.toLowerCase())}
      />
    </FormDialog>
  );
}

function readAsAddress(file: File, onRead: (address: string) => void): void {
  const reader = new FileReader();
  reader.onload = () => onRead(String(reader.result));
  reader.readAsDataURL(file);
}

function nameOfFile(file: string): string {
  const name = file.replace(/\.\w+$/, '').toLowerCase();
  return name
    .replaceAll(/[^a-z\d_-]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, NAME_LENGTH_MAX);
}
