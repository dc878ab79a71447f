/** Passkeys of the user: added, renamed and removed. */
import {
  addPasskey,
  beginPasskey,
  type ChatClient,
  deviceName,
  listPasskeys,
  type Passkey,
  removePasskey,
  renamePasskey,
} from '@parley/client';
import { type FormEvent, useEffect, useState } from 'react';
import { useChat } from '../chat-context.ts';
import { Button } from '../components/button.tsx';
import { FormDialog } from '../components/form-dialog.tsx';
import { TextField } from '../components/text-field.tsx';
import { absoluteTime } from '../format-time.ts';
import { makePasskey } from '../passkeys/browser-passkeys.ts';
import { findPasskeyOffer } from '../passkeys/offers-passkeys.ts';
import { passkeyProblem } from '../passkeys/passkey-problem.ts';
import { withProof } from '../proof/with-proof.ts';
import { passkeyStrings as texts } from '../strings/passkey.ts';
import classes from './settings-dialog.module.css';
import { type EntrySource, useRemovableEntries } from './use-removable-entries.ts';

const NAME_LENGTH_MAX = 60;

const PASSKEYS: EntrySource<Passkey> = {
  list: listPasskeys,
  remove: (client, id) => withProof(client, () => removePasskey(client, id)),
  notRemoved: texts.problem,
};

export function PasskeySettings() {
  const { client } = useChat();
  const { entries: passkeys, problem, remove, setEntries } = useRemovableEntries(PASSKEYS);
  const [renamed, setRenamed] = useState<Passkey>();
  const [isOffered, setIsOffered] = useState<boolean>();
  useEffect(() => {
    let isCurrent = true;
    void findPasskeyOffer(client.account).then((found) => isCurrent && setIsOffered(found));
    return () => {
      isCurrent = false;
    };
  }, [client]);
  if (passkeys === undefined) return <p role="status">{problem}</p>;
  return (
    <>
      <p>{texts.text}</p>
      <p role="status" className={classes['problem']}>
        {problem}
      </p>
      {passkeys.length === 0 ? (
        <p className={classes['note']}>{texts.none}</p>
      ) : (
        <ul className={classes['list']} aria-label={texts.title}>
          {passkeys.map((passkey) => (
            <PasskeyRow
              key={passkey.id}
              passkey={passkey}
              onRename={() => setRenamed(passkey)}
              onRemove={(button) => void remove(passkey.id, button)}
            />
          ))}
        </ul>
      )}
      {isOffered === true && (
        <NewPasskey client={client} onAdded={(added) => setEntries([...passkeys, added])} />
      )}
      {isOffered === false && <p className={classes['note']}>{texts.elsewhere}</p>}
      {renamed !== undefined && (
        <RenameDialog
          passkey={renamed}
          onRenamed={(name) =>
            setEntries(passkeys.map((each) => (each.id === renamed.id ? { ...each, name } : each)))
          }
          onClose={() => setRenamed(undefined)}
        />
      )}
    </>
  );
}

interface PasskeyRowProps {
  readonly passkey: Passkey;
  readonly onRename: () => void;
  readonly onRemove: (button: Element) => void;
}

function PasskeyRow({ passkey, onRename, onRemove }: PasskeyRowProps) {
  const { name, createdAt, lastUsedAt } = passkey;
  return (
    <li className={classes['row']}>
      <span className={classes['name']}>
        <bdi>{name}</bdi>
        <br />
        <small className={classes['note']}>
          {texts.since(absoluteTime(Date.parse(createdAt)))}
          {' · '}
          {lastUsedAt === undefined
            ? texts.neverUsed
            : texts.lastUsed(absoluteTime(Date.parse(lastUsedAt)))}
        </small>
      </span>
      <Button kind="quiet" aria-label={texts.renameOf(name)} onClick={onRename}>
        {texts.rename}
      </Button>
      <Button
        kind="quiet"
        aria-label={texts.removeOf(name)}
        onClick={({ currentTarget }) => onRemove(currentTarget)}
      >
        {texts.remove}
      </Button>
    </li>
  );
}

interface NewPasskeyProps {
  readonly client: ChatClient;
  readonly onAdded: (passkey: Passkey) => void;
}

export function NewPasskey({ client, onAdded }: NewPasskeyProps) {
  const [name, setName] = useState(() => deviceName(navigator.userAgent));
  const [result, setResult] = useState<string>();
  const [isBusy, setIsBusy] = useState(false);
  const add = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (isBusy) return;
    setIsBusy(true);
    setResult(undefined);
    try {
      const response = await makePasskey(await withProof(client, () => beginPasskey(client)));
      onAdded(await withProof(client, () => addPasskey(client, { name, response })));
      setResult(texts.added);
    } catch (error) {
      setResult(passkeyProblem(error));
    }
    setIsBusy(false);
  };
  return (
    <form className={classes['form']} onSubmit={(event) => void add(event)}>
      <TextField
        label={texts.name}
        value={name}
        maxLength={NAME_LENGTH_MAX}
        autoComplete="off"
        required={true}
        onChange={({ target }) => setName(target.value)}
      />
      <div className={classes['row']}>
        <Button type="submit" aria-disabled={isBusy}>
          {texts.add}
        </Button>
        <span role="status">{result}</span>
      </div>
    </form>
  );
}

interface RenameDialogProps {
  readonly passkey: Passkey;
  readonly onRenamed: (name: string) => void;
  readonly onClose: () => void;
}

function RenameDialog({ passkey, onRenamed, onClose }: RenameDialogProps) {
  const { client } = useChat();
  const [name, setName] = useState(passkey.name);
  return (
    <FormDialog
      title={texts.renameTitle}
      text={texts.renameText}
      submit={texts.save}
      problemOf={texts.problem}
      isReady={name.trim() !== ''}
      onSubmit={async () => {
        await renamePasskey(client, passkey.id, name);
        onRenamed(name.trim());
      }}
      onClose={onClose}
    >
      <TextField
        label={texts.newName}
        value={name}
        maxLength={NAME_LENGTH_MAX}
        autoComplete="off"
        autoFocus={true}
        onChange={({ target }) => setName(target.value)}
      />
    </FormDialog>
  );
}
