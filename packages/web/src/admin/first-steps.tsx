/**
 * Leads the owner of a new server through three steps, which facts tick: the server has a name, another
 * person is invited or there, the owner has written. Gone for the account when they are done or dismissed.
 */
import {
  changeOwnProfile,
  listAccounts,
  listInvites,
  readOwnProfile,
  searchMessages,
} from '@parley/client';
import { useEffect, useState } from 'react';
import { type Chat, useChat, useSnapshot } from '../chat-context.ts';
import { Button } from '../components/button.tsx';
import { Icon } from '../components/icon.tsx';
import { Link } from '../components/link.tsx';
import { useNow } from '../hooks/use-now.ts';
import { useRoute } from '../hooks/use-route.ts';
import { ADMIN_INVITES_PATH, ADMIN_SERVER_PATH, HOME_PATH, roomPath } from '../route.ts';
import { useServer } from '../server-profile.ts';
import { firstStepStrings as texts } from '../strings/first-steps.ts';
import classes from './first-steps.module.css';

type Step = keyof typeof texts.steps;
type Facts = Readonly<Record<'invite' | 'write', boolean>>;

/** Another device, or another person, may have done a step. */
const CHECK_MS = 10_000;

export default function FirstSteps() {
  const { client } = useChat();
  const [isOpen, setIsOpen] = useState(false);
  useEffect(() => {
    let isCurrent = true;
    readOwnProfile(client).then(
      ({ firstSteps = false }) => isCurrent && setIsOpen(firstSteps),
      () => {}, // They are shown when the page opens the next time.
    );
    return () => {
      isCurrent = false;
    };
  }, [client]);
  const end = (): void => {
    setIsOpen(false);
    // If it fails, they are shown again when the page opens the next time.
    changeOwnProfile(client, { firstStepsDone: true }).catch(() => {});
  };
  return isOpen ? <Steps onEnd={end} /> : null;
}

function Steps({ onEnd }: { readonly onEnd: () => void }) {
  const chat = useChat();
  const { user } = chat;
  const { name } = useServer();
  const [facts, setFacts] = useState<Facts>();
  const hasWritten = useSnapshot(({ rooms }) =>
    [...rooms.values()].some(
      (room) => room.kind === 'open' && room.log.messages.some(({ userId }) => userId === user.id),
    ),
  );
  const firstRoom = useSnapshot(
    ({ directory }) => directory.rooms.find(({ joined }) => joined)?.id,
  );
  const route = useRoute();
  const now = useNow(CHECK_MS);
  // biome-ignore lint/correctness/useExhaustiveDependencies: again with each page and interval
  useEffect(() => {
    let isCurrent = true;
    readFacts(chat, facts).then(
      (read) => isCurrent && setFacts(read),
      () => {}, // Tried again.
    );
    return () => {
      isCurrent = false;
    };
  }, [chat, route, now]);
  const done: Readonly<Record<Step, boolean>> = {
    name: typeof name === 'string',
    invite: facts?.invite === true,
    write: hasWritten || facts?.write === true,
  };
  const isEnd = facts !== undefined && Object.values(done).every(Boolean);
  // biome-ignore lint/correctness/useExhaustiveDependencies: once
  useEffect(() => {
    if (isEnd) onEnd();
  }, [isEnd]);
  // Nothing is shown before it is known what there is to do.
  if (facts === undefined || isEnd) return null;
  const paths: Readonly<Record<Step, string>> = {
    name: ADMIN_SERVER_PATH,
    invite: ADMIN_INVITES_PATH,
    write: firstRoom === undefined ? HOME_PATH : roomPath(firstRoom),
  };
  return (
    <section className={classes['steps']} aria-label={texts.title}>
      <strong>{texts.title}</strong>
      <ol>
        {(Object.keys(texts.steps) as Step[]).map((step) => (
          <li key={step}>
            {done[step] ? (
              <>
                <Icon name="check" />
                <span className="visually-hidden">{texts.done}</span>
                <span className={classes['done']}>{texts.steps[step]}</span>
              </>
            ) : (
              <Link to={paths[step]}>{texts.steps[step]}</Link>
            )}
          </li>
        ))}
      </ol>
      <Button kind="quiet" onClick={onEnd}>
        {texts.dismiss}
      </Button>
    </section>
  );
}

/** A step that is done is not asked for again. */
async function readFacts({ client, user }: Chat, before: Facts | undefined): Promise<Facts> {
  const hasInvited = async (): Promise<boolean> =>
    (await listInvites(client, undefined, 'all')).invites.length > 0 ||
    (await listAccounts(client)).users.length > 1;
  const hasWritten = async (): Promise<boolean> =>
    (await searchMessages(client, { from: user.username, limit: 1 })).results.length > 0;
  return {
    invite: before?.invite === true || (await hasInvited()),
    write: before?.write === true || (await hasWritten()),
  };
}
