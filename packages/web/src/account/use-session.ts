/**
 * Whether somebody is logged in, and the chat client of that person.
 *
 * A session that ends keeps its client and drafts: what was written waits, and
 * goes out when the same person logs in again.
 */
import {
  type Account,
  ChatClient,
  ChatError,
  type Credentials,
  type UserPayload,
} from '@parley/client';
import { useCallback, useEffect, useRef, useState } from 'react';
import { Drafts } from '../conversation/drafts.ts';

export type Session =
  | { readonly kind: 'checking' }
  | { readonly kind: 'unreachable' }
  | { readonly kind: 'logged_out'; readonly hasEnded: boolean }
  | ({ readonly kind: 'logged_in' } & Visit);

/** What one account has on this page; kept when its session ends, for its return. */
export interface Visit {
  readonly user: UserPayload;
  readonly client: ChatClient;
  readonly drafts: Drafts;
}

export interface SessionActions {
  /** @throws {ChatError} What the server answered. */
  readonly logIn: (credentials: Credentials) => Promise<void>;
  /** Makes the account and logs in with it. @throws {ChatError} As above. */
  readonly register: (credentials: Credentials) => Promise<void>;
  /** @throws {ChatError} One is still logged in. */
  readonly logOut: () => Promise<void>;
}

const RETRY_MS = 3_000;

export function useSession(account: Account): readonly [Session, SessionActions] {
  const [session, setSession] = useState<Session>({ kind: 'checking' });
  const lastVisit = useRef<Visit | undefined>(undefined);

  const enter = useCallback((user: UserPayload): void => {
    const earlier = lastVisit.current;
    const isReturn = earlier?.user.id === user.id;
    if (!isReturn) earlier?.client.close();
    const visit = isReturn ? earlier : beginVisit(user);
    lastVisit.current = visit;
    visit.client.connect();
    setSession({ kind: 'logged_in', ...visit });
  }, []);

  useCheck({ session, setSession, account, enter });
  useEndOfSession(session, setSession);

  const logIn = useCallback(
    async (credentials: Credentials) => enter(await account.logIn(credentials)),
    [account, enter],
  );
  const register = useCallback(
    async (credentials: Credentials) => {
      await account.register(credentials);
      await logIn(credentials);
    },
    [account, logIn],
  );
  const logOut = useCallback(async () => {
    await account.logOut();
    lastVisit.current?.client.close();
    lastVisit.current = undefined;
    setSession({ kind: 'logged_out', hasEnded: false });
  }, [account]);

  return [session, { logIn, register, logOut }];
}

function beginVisit(user: UserPayload): Visit {
  const client = new ChatClient({ serverUrl: window.location.origin });
  return { user, client, drafts: new Drafts() };
}

/** Asks who one is, until the server answers. */
function useCheck({
  session,
  setSession,
  account,
  enter,
}: {
  readonly session: Session;
  readonly setSession: (session: Session) => void;
  readonly account: Account;
  readonly enter: (user: UserPayload) => void;
}): void {
  useEffect(() => {
    if (session.kind !== 'checking' && session.kind !== 'unreachable') return;
    let isCurrent = true;
    const check = async (): Promise<void> => {
      try {
        const answer = await account.whoAmI();
        if (!isCurrent) return;
        if (answer.kind === 'logged_in') enter(answer.user);
        else setSession({ kind: 'logged_out', hasEnded: false });
      } catch (error) {
        if (!(error instanceof ChatError)) throw error;
        if (isCurrent) setSession({ kind: 'unreachable' });
      }
    };
    // The first question at once, each further one after a wait.
    const timer = setTimeout(() => void check(), session.kind === 'checking' ? 0 : RETRY_MS);
    return () => {
      isCurrent = false;
      clearTimeout(timer);
    };
  }, [session, setSession, account, enter]);
}

/** Back to the login when the server says that the session is over. */
function useEndOfSession(session: Session, setSession: (session: Session) => void): void {
  useEffect(() => {
    if (session.kind !== 'logged_in') return;
    const { client } = session;
    const look = (): void => {
      if (client.getSnapshot().connection.kind === 'unauthorized') {
        setSession({ kind: 'logged_out', hasEnded: true });
      }
    };
    look();
    return client.subscribe(look);
  }, [session, setSession]);
}
