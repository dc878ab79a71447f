/** Root of the page: the login for users without a session, the chat for all others. */
import type { Account } from '@parley/client';
import { Suspense } from 'react';
import type { Visit, Visits } from './account/account-sessions.ts';
import { SessionLoading } from './account/session-loading.tsx';
import { useRequiredSignIn } from './account/use-required-sign-in.ts';
import { useSession } from './account/use-session.ts';
import { ChatPage, type ChatPageProps } from './chat/chat-page.tsx';
import { Button } from './components/button.tsx';
import { EmptyState } from './components/empty-state.tsx';
import { useRoute } from './hooks/use-route.ts';
import { MailPage, ProviderPage, RequiredSignInPage, ResetPage, SignInPage } from './parts.ts';
import { strings } from './strings/strings.ts';

interface AppProps {
  readonly account: Account;
  readonly visits: Visits;
  /** The last user of this browser, whose stored messages are shown at once. */
  readonly first: Visit | undefined;
}

export function App({ account, visits, first }: AppProps) {
  const [session, actions] = useSession(account, visits, first);

  const route = useRoute();

  // Also while a user is logged in, who may be another one than the user of the link.
  if (route.kind === 'reset') {
    return (
      <Suspense fallback={<SessionLoading />}>
        <ResetPage {...{ account }} token={route.token} />
      </Suspense>
    );
  }
  if (route.kind === 'provider') {
    return (
      <Suspense fallback={<SessionLoading />}>
        <ProviderPage {...{ account }} step={route.step} />
      </Suspense>
    );
  }
  if (route.kind === 'mail') {
    return (
      <Suspense fallback={<SessionLoading />}>
        <MailPage {...{ account }} token={route.token} />
      </Suspense>
    );
  }
  switch (session.kind) {
    case 'checking':
      return <SessionLoading />;
    case 'unreachable':
      return (
        <main style={{ display: 'grid', height: '100%' }}>
          <EmptyState isMain title={strings.product} text={strings.account.unreachable} />
        </main>
      );
    case 'logged_out':
      return (
        <Suspense fallback={<SessionLoading />}>
          <SignInPage
            {...{ account, actions }}
            note={session.hasEnded ? strings.account.ended : ''}
          />
        </Suspense>
      );
    case 'somebody_else': {
      const { user, other } = session;
      return (
        <Suspense fallback={<SessionLoading />}>
          <SignInPage
            {...{ account, actions }}
            note={strings.account.somebodyElse(user.username, other?.username)}
          >
            {other !== undefined && (
              <Button kind="plain" onClick={() => actions.enter(other)}>
                {strings.account.continueAs(other.username)}
              </Button>
            )}
          </SignInPage>
        </Suspense>
      );
    }
    case 'logged_in':
      return (
        <LoggedIn
          key={session.user.id}
          account={account}
          visit={session}
          onLogOut={actions.logOut}
        />
      );
  }
}

function LoggedIn({ account, ...props }: ChatPageProps & Pick<AppProps, 'account'>) {
  const [required, onRetry] = useRequiredSignIn(props.visit.client);
  if (required === undefined) return <ChatPage {...props} />;
  return (
    <Suspense fallback={<SessionLoading />}>
      <RequiredSignInPage {...{ account, required, onRetry, ...props }} />
    </Suspense>
  );
}
