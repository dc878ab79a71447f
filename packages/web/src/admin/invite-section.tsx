/** Links with which people create an account: to create, copy and revoke. */
import { ChatError, createInvite, type Invite, listInvites, revokeInvite } from '@parley/client';
import { type FormEvent, useEffect, useState } from 'react';
import { useChat } from '../chat-context.ts';
import { Button } from '../components/button.tsx';
import { TextField } from '../components/text-field.tsx';
import { copyText } from '../copy-text.ts';
import { recentTime } from '../format-time.ts';
import { focusTitle } from '../hooks/focus.ts';
import { withProof } from '../proof/with-proof.ts';
import { MailInvites } from '../rooms/mail-invites.tsx';
import { adminStrings } from '../strings/admin.ts';
import { linkStrings } from '../strings/link.ts';
import { strings } from '../strings/strings.ts';
import classes from './admin-page.module.css';

const texts = adminStrings.invites;
const DAY_MS = 24 * 60 * 60 * 1000;
const DAYS_DEFAULT = 7;
const DAYS_MAX = 366;
const USES_MAX = 1_000_000;

interface Shown {
  readonly invites: readonly Invite[];
  readonly next: string | undefined;
}

export function InviteSection() {
  const { client, user } = useChat();
  const [shown, setShown] = useState<Shown>();
  const [url, setUrl] = useState<string>();
  const [problem, setProblem] = useState<string>();

  const load = async (former?: Shown): Promise<void> => {
    try {
      const page = await listInvites(client, former?.next, 'all');
      setShown({ invites: [...(former?.invites ?? []), ...page.invites], next: page.next });
    } catch (error) {
      setProblem(strings.error(ChatError.from(error).code));
    }
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: once for each client
  useEffect(() => void load(), [client]);

  const revoke = async (id: string, button: Element): Promise<void> => {
    setProblem(undefined);
    try {
      await revokeInvite(client, id);
    } catch (error) {
      const { code } = ChatError.from(error);
      // It is already gone, which is the wanted result.
      if (code !== 'NOT_FOUND') return setProblem(texts.notRevoked(code));
    }
    focusTitle(button);
    setShown(
      (before) => before && { ...before, invites: before.invites.filter((each) => each.id !== id) },
    );
  };
  const add = (invite: Invite): void => {
    const creator = { id: user.id, username: user.username, displayName: texts.you };
    setShown(
      (before) => before && { ...before, invites: [{ ...invite, creator }, ...before.invites] },
    );
  };
  return (
    <section className={classes['section']} aria-label={texts.title}>
      <h2 tabIndex={-1}>{texts.create}</h2>
      <p className={classes['note']}>{texts.text}</p>
      <NewInviteForm
        onCreated={(invite, link) => {
          setUrl(link);
          add(invite);
        }}
      />
      {url !== undefined && <NewLink key={url} url={url} />}
      <MailInvites onSent={add} />
      <h2>{texts.list}</h2>
      <p role="status" className={classes['problem']}>
        {problem}
      </p>
      {shown !== undefined && shown.invites.length === 0 && <p>{texts.none}</p>}
      {shown !== undefined && shown.invites.length > 0 && (
        <ul aria-label={texts.list}>
          {shown.invites.map((invite) => (
            <InviteRow
              key={invite.id}
              invite={invite}
              isOwn={invite.creator?.id === user.id}
              onRevoke={(button) => void revoke(invite.id, button)}
            />
          ))}
        </ul>
      )}
      {shown?.next !== undefined && <Button onClick={() => void load(shown)}>{texts.more}</Button>}
    </section>
  );
}

interface NewInviteFormProps {
  readonly onCreated: (invite: Invite, url: string) => void;
}

function NewInviteForm({ onCreated }: NewInviteFormProps) {
  const { client } = useChat();
  const [uses, setUses] = useState('');
  const [days, setDays] = useState(String(DAYS_DEFAULT));
  const [problem, setProblem] = useState<string>();
  const [isChecked, setIsChecked] = useState(false);
  const [isBusy, setIsBusy] = useState(false);
  const isUsesValid = uses.trim() === '' || isWithin(uses, USES_MAX);
  const isDaysValid = isWithin(days, DAYS_MAX);

  const create = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (isBusy) return;
    setIsChecked(true);
    setProblem(undefined);
    if (!isUsesValid || !isDaysValid) return;
    setIsBusy(true);
    try {
      const what = {
        ...(uses.trim() === '' ? {} : { uses: Number(uses) }),
        // A minute less: the clock of the server may be behind.
        expiresAt: new Date(Date.now() + Number(days) * DAY_MS - 60_000).toISOString(),
      };
      const invite = await withProof(client, () => createInvite(client, what));
      // The page knows its own address better than the server behind a proxy.
      onCreated(invite, window.location.origin + new URL(invite.url).pathname);
    } catch (error) {
      setProblem(texts.notCreated(ChatError.from(error).code));
    }
    setIsBusy(false);
  };
  return (
    <form noValidate onSubmit={(event) => void create(event)}>
      <div className={classes['form']}>
        <TextField
          label={texts.uses}
          hint={texts.usesHint}
          inputMode="numeric"
          value={uses}
          problem={isChecked && !isUsesValid ? texts.usesInvalid : undefined}
          onChange={({ target }) => setUses(target.value)}
        />
        <TextField
          label={texts.days}
          inputMode="numeric"
          value={days}
          problem={isChecked && !isDaysValid ? texts.daysInvalid : undefined}
          onChange={({ target }) => setDays(target.value)}
        />
        <Button kind="primary" type="submit" aria-disabled={isBusy}>
          {texts.create}
        </Button>
      </div>
      <p role="alert" className={classes['problem']}>
        {problem}
      </p>
    </form>
  );
}

function NewLink({ url }: { readonly url: string }) {
  const [note, setNote] = useState<string>(texts.linkHint);
  const copy = async (): Promise<void> => {
    setNote((await copyText(url)) ? linkStrings.copied : linkStrings.notCopied);
  };
  return (
    <div className={classes['form']} role="status">
      <TextField
        label={texts.link}
        readOnly={true}
        value={url}
        hint={note}
        onFocus={({ target }) => target.select()}
      />
      <Button onClick={() => void copy()}>{linkStrings.copy}</Button>
    </div>
  );
}

interface InviteRowProps {
  readonly invite: Invite;
  readonly isOwn: boolean;
  readonly onRevoke: (button: Element) => void;
}

function InviteRow({ invite, isOwn, onRevoke }: InviteRowProps) {
  const { roomIds, uses, useCount, creator, email } = invite;
  const expiresAtMs = Date.parse(invite.expiresAt);
  const nowMs = Date.now();
  const created = recentTime(Date.parse(invite.createdAt), nowMs);
  return (
    <li className={classes['invite']}>
      <span className={classes['name']}>
        <span>{roomIds.length === 0 ? texts.server : texts.rooms(roomIds.length)}</span>
        <small className={classes['note']}>
          <bdi>{isOwn ? texts.you : creator?.displayName}</bdi>
          {' · '}
          {email !== undefined && (
            <>
              <bdi>{email}</bdi>
              {' · '}
            </>
          )}
          {texts.used(useCount, uses)}
          {' · '}
          {texts.created(created)}
          {' · '}
          {expiresAtMs > nowMs ? texts.expires(recentTime(expiresAtMs, nowMs)) : texts.expired}
        </small>
      </span>
      <Button
        aria-label={texts.revokeOf(created)}
        onClick={({ currentTarget }) => onRevoke(currentTarget)}
      >
        {texts.revoke}
      </Button>
    </li>
  );
}

/** Whether the text is a whole number from 1 to a maximum. */
function isWithin(text: string, max: number): boolean {
  return /^\s*\d{1,7}\s*$/.test(text) && Number(text) >= 1 && Number(text) <= max;
}
