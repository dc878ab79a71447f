/** All accounts of the server, found by name, to give roles, disable them and end their sessions. */
import {
  ChatError,
  createPasswordReset,
  endSessionsOf,
  listAccounts,
  type ManagedAccount,
  removeAvatarOf,
  type ServerRole,
  setAccountDisabled,
  setServerRole,
  type UserId,
} from '@parley/client';
import { useEffect, useRef, useState } from 'react';
import { useChat } from '../chat-context.ts';
import { Button } from '../components/button.tsx';
import { LinkDialog } from '../components/link-dialog.tsx';
import { TextField } from '../components/text-field.tsx';
import { PurgeDialog } from '../people/purge-dialog.tsx';
import { withProof } from '../proof/with-proof.ts';
import { adminStrings } from '../strings/admin.ts';
import { deletionStrings } from '../strings/deletion.ts';
import { strings } from '../strings/strings.ts';
import { AccountRow, type RowResult } from './account-row.tsx';
import classes from './admin-page.module.css';
import { DeleteAccountDialog } from './delete-account-dialog.tsx';
import { DisableDialog, type Suspension } from './disable-dialog.tsx';

const texts = adminStrings.people;

interface Shown {
  readonly accounts: readonly ManagedAccount[];
  readonly next: string | undefined;
}

export function PeopleSection({ role }: { readonly role: ServerRole }) {
  const { client } = useChat();
  const [text, setText] = useState('');
  const [shown, setShown] = useState<Shown>();
  const [problem, setProblem] = useState<string>();
  const [deleted, setDeleted] = useState<string>();
  const [result, setResult] = useState<RowResult & { readonly id: UserId }>();
  const [disabling, setDisabling] = useState<ManagedAccount>();
  const [resetting, setResetting] = useState<ManagedAccount>();
  const [deleting, setDeleting] = useState<ManagedAccount>();
  const [purging, setPurging] = useState<ManagedAccount>();
  const isBusy = useRef(false);
  /** The search whose answer is shown last. */
  const search = useRef(0);

  const load = async (wanted: string, former?: Shown): Promise<void> => {
    search.current += 1;
    const current = search.current;
    try {
      const page = await listAccounts(client, { text: wanted.trim(), after: former?.next });
      if (current !== search.current) return;
      setShown({ accounts: [...(former?.accounts ?? []), ...page.users], next: page.next });
      setProblem(undefined);
    } catch (error) {
      if (current === search.current) setProblem(strings.error(ChatError.from(error).code));
    }
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: with the text only
  useEffect(() => {
    void load(text);
    return () => {
      search.current += 1;
    };
  }, [client, text]);

  /** Returns why the account did not change. */
  const change = async (
    { id }: ManagedAccount,
    make: () => Promise<ManagedAccount | undefined>,
    done: string,
  ): Promise<string | undefined> => {
    if (isBusy.current) return undefined;
    isBusy.current = true;
    setResult(undefined);
    try {
      const changed = await make();
      setShown(
        (before) =>
          before && {
            ...before,
            accounts: before.accounts.map((each) => (each.id === id && changed ? changed : each)),
          },
      );
      setResult({ id, text: done, isProblem: false });
      return undefined;
    } catch (error) {
      const failed = texts.notChanged(ChatError.from(error).code);
      setResult({ id, text: failed, isProblem: true });
      return failed;
    } finally {
      isBusy.current = false;
    }
  };
  const disable = async (account: ManagedAccount, suspension: Suspension): Promise<void> => {
    const disabled = await withProof(client, () =>
      setAccountDisabled(client, account.id, true, suspension),
    );
    await change(account, async () => disabled, texts.isDisabled(account.displayName));
  };

  return (
    <section className={classes['section']} aria-label={texts.title}>
      <TextField
        label={texts.search}
        hint={texts.searchHint}
        type="search"
        value={text}
        maxLength={80}
        onChange={({ target }) => setText(target.value)}
      />
      <p role="status" className={classes[problem === undefined ? 'result' : 'problem']}>
        {problem ?? deleted}
      </p>
      {shown !== undefined && shown.accounts.length === 0 && <p>{texts.none}</p>}
      {shown !== undefined && shown.accounts.length > 0 && (
        <ul aria-label={texts.title}>
          {shown.accounts.map((account) => (
            <AccountRow
              key={account.id}
              account={account}
              ownRole={role}
              result={result?.id === account.id ? result : undefined}
              onRole={(next) =>
                void change(
                  account,
                  () => withProof(client, () => setServerRole(client, account.id, next)),
                  texts.roleSet(account.displayName, next),
                )
              }
              onDisable={() => setDisabling(account)}
              onEnable={() =>
                void change(
                  account,
                  () => setAccountDisabled(client, account.id, false),
                  texts.isEnabled(account.displayName),
                )
              }
              onReset={() => setResetting(account)}
              onDelete={() => setDeleting(account)}
              onPurge={() => setPurging(account)}
              onEndSessions={() =>
                void change(
                  account,
                  async () => {
                    await withProof(client, () => endSessionsOf(client, account.id));
                    return undefined;
                  },
                  texts.sessionsEnded(account.displayName),
                )
              }
              onRemoveAvatar={() =>
                void change(
                  account,
                  async () => {
                    await removeAvatarOf(client, account.id);
                    return undefined;
                  },
                  texts.avatarRemoved(account.displayName),
                )
              }
            />
          ))}
        </ul>
      )}
      {shown?.next !== undefined && (
        <Button onClick={() => void load(text, shown)}>{texts.more}</Button>
      )}
      {resetting !== undefined && (
        <LinkDialog
          title={texts.resetTitle(resetting.displayName)}
          names={[resetting.displayName]}
          text={texts.resetText}
          label={texts.resetLink}
          create={() => withProof(client, () => createPasswordReset(client, resetting.id))}
          problemOf={texts.notReset}
          onClose={() => setResetting(undefined)}
        />
      )}
      {deleting !== undefined && (
        <DeleteAccountDialog
          account={deleting}
          onDeleted={() => {
            setShown(without(deleting));
            setDeleted(deletionStrings.done(deleting.displayName));
          }}
          onClose={() => setDeleting(undefined)}
        />
      )}
      {purging !== undefined && (
        <PurgeDialog
          person={{ id: purging.id, name: purging.displayName }}
          onPurged={(text) => setResult({ id: purging.id, text, isProblem: false })}
          onClose={() => setPurging(undefined)}
        />
      )}
      {disabling !== undefined && (
        <DisableDialog
          account={disabling}
          onSubmit={(suspension) => disable(disabling, suspension)}
          onClose={() => setDisabling(undefined)}
        />
      )}
    </section>
  );
}

function without({ id }: ManagedAccount) {
  return (shown: Shown | undefined): Shown | undefined =>
    shown && { ...shown, accounts: shown.accounts.filter((each) => each.id !== id) };
}
