/** Name and logo of the server. */
import {
  ChatError,
  readServerProfile,
  removeServerLogo,
  renameServer,
  setServerLogo,
} from '@parley/client';
import { type FormEvent, useEffect, useState } from 'react';
import { useChat } from '../chat-context.ts';
import { Button } from '../components/button.tsx';
import { TextField } from '../components/text-field.tsx';
import { PictureForm } from '../pictures/picture-form.tsx';
import { showServer, useServer } from '../server-profile.ts';
import { serverStrings as texts } from '../strings/server.ts';
import { strings } from '../strings/strings.ts';
import classes from './admin-page.module.css';

const NAME_LENGTH_MAX = 40;
const LOGO_SIDE = 96;

export function ServerSection() {
  const { client } = useChat();
  const { name, logoUrl, mark } = useServer();
  const [written, setWritten] = useState<string>();
  useEffect(() => {
    // Shown as it was known last.
    readServerProfile(client).then(showServer, () => {});
  }, [client]);
  const [result, setResult] = useState<string>();
  const [isBusy, setIsBusy] = useState(false);
  const rename = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (isBusy) return;
    setIsBusy(true);
    try {
      showServer(await renameServer(client, written ?? name ?? ''));
      setWritten(undefined);
      setResult(texts.saved);
    } catch (error) {
      setResult(texts.notSaved(ChatError.from(error).code));
    }
    setIsBusy(false);
  };
  return (
    <section className={classes['section']} aria-label={texts.title}>
      <h2 tabIndex={-1}>{texts.title}</h2>
      <p className={classes['note']}>{texts.text}</p>
      <form className={classes['form']} onSubmit={(event) => void rename(event)}>
        <TextField
          label={texts.name}
          hint={texts.nameHint}
          value={written ?? name ?? ''}
          placeholder={strings.product}
          maxLength={NAME_LENGTH_MAX}
          autoComplete="off"
          onChange={({ target }) => setWritten(target.value)}
        />
        <Button kind="primary" type="submit" aria-disabled={isBusy}>
          {texts.save}
        </Button>
      </form>
      <p role="status">{result}</p>
      <h2>{texts.logo.title}</h2>
      <PictureForm
        texts={texts.logo}
        hasPicture={typeof logoUrl === 'string'}
        onSave={async (picture) => showServer(await setServerLogo(client, picture))}
        onRemove={async () => showServer(await removeServerLogo(client))}
      >
        <img src={mark} alt="" width={LOGO_SIDE} height={LOGO_SIDE} />
      </PictureForm>
    </section>
  );
}
