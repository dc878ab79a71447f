/** Accounts and sessions: the feature, opened on the core. */

import type { Identity } from '../../model/identity.ts';
import type { AccessTokens } from '../../ports/access-tokens.ts';
import type { CommonPasswords } from '../../ports/common-passwords.ts';
import type { ExternalSessionStore } from '../../ports/external-session-store.ts';
import type { FileStorage } from '../../ports/file-storage.ts';
import type { PasskeyVerifier } from '../../ports/passkey-verifier.ts';
import type { PasswordHash } from '../../ports/password-hash.ts';
import type { Sealer } from '../../ports/sealer.ts';
import type { SignInProvider } from '../../ports/sign-in-provider.ts';
import type { TotpKeys } from '../../ports/totp-keys.ts';
import type { Core } from '../core/core.ts';
import { findOpenInvite } from '../invites/find-open-invite.ts';
import { retryWhileUnavailable } from '../primitives/retry-while-unavailable.ts';
import { AccountChanges } from './account-changes.ts';
import { AccountExport } from './account-export.ts';
import { AccountNotices } from './account-notices.ts';
import { Accounts } from './accounts.ts';
import { AuthAttemptLimiter } from './auth-attempt-limiter.ts';
import { Authenticator } from './authenticator.ts';
import { ConfirmationLimits } from './confirmation-limits.ts';
import { EmailRequests } from './email-requests.ts';
import { endSuspensions } from './ended-suspensions.ts';
import { ExternalSessions } from './external-sessions.ts';
import { ExternalTokenDenylist } from './external-token-denylist.ts';
import { ExternalUsers } from './external-users.ts';
import { FactorProofs } from './factor-proofs.ts';
import { FirstOwner, type FirstOwnerOptions } from './first-owner.ts';
import { LiveSessions } from './live-sessions.ts';
import { logOut } from './logout.ts';
import { type MailOptions, sendMailInOrder } from './mail-sender.ts';
import { OwnProfile } from './own-profile.ts';
import { PasskeyChallenges } from './passkey-challenges.ts';
import { Passkeys } from './passkeys.ts';
import { PasswordResets } from './password-resets.ts';
import { PeopleSearch } from './people-search.ts';
import { Profiles } from './profiles.ts';
import { ProviderSignIn } from './provider-sign-in.ts';
import { RecentProof } from './recent-proof.ts';
import { RegistrationEmails } from './registration-emails.ts';
import { RequiredSignIn } from './required-sign-in.ts';
import { SecondFactors } from './second-factors.ts';
import { SessionActivitySaver } from './session-activity-saver.ts';
import { SessionReaper } from './session-reaper.ts';
import { SessionRevocationWatch } from './session-revocation-watch.ts';
import { Sessions } from './sessions.ts';
import { TokenIssuer } from './token-issuer.ts';
import { deleteUnconfirmedAccounts } from './unconfirmed-accounts.ts';
import { UserAdministration } from './user-administration.ts';
import { UserSessions } from './user-sessions.ts';

export interface AccountsOptions {
  readonly passwords: PasswordHash;
  readonly commonPasswords: CommonPasswords;
  readonly accessTokens: AccessTokens;
  readonly totpKeys: TotpKeys;
  /** Undefined if this server sends no mail. */
  readonly mail?: MailOptions | undefined;
  readonly signInProviders?: readonly SignInProvider[];
  /** Undefined if browsers offer no passkeys for this server. */
  readonly passkeyVerifier?: PasskeyVerifier | undefined;
  /** Of challenges. */
  readonly challengeSealer: Sealer;
  /** Maps an address to the key that rate limits count it by. */
  readonly networkOf: (address: string) => string;
  /** With the pictures of users. */
  readonly fileStorage: FileStorage;
  /** Sessions that an external application keeps, in place of Parley's own. */
  readonly externalSessionStore?: ExternalSessionStore | undefined;
  /** Undefined if the first account is one as others. */
  readonly firstOwner?: FirstOwnerOptions | undefined;
}

export function openAccounts(core: Core, options: AccountsOptions) {
  const { settings, clock, store, events, reads } = core;
  const { registration, sessionTtlMs: ttlMs, sessionAgeMaxMs: ageMaxMs } = settings;
  const { passwords, commonPasswords, accessTokens, networkOf, totpKeys } = options;
  const { externalSessionStore: records } = options;
  const base = { ...core, passwords, commonPasswords, accessTokens, networkOf, registration };

  const hasMail = options.mail !== undefined;
  const notices = new AccountNotices({ ...base, sessions: store.sessions, hasMail });
  core.userMessages.on('account-notice', 'accounts', (userId, { notice, exceptKey }) => {
    notices.show(userId, notice, exceptKey);
  });

  const registrationEmails = new RegistrationEmails(settings.registrationEmailDomains);
  const requiredSignIn = new RequiredSignIn(
    ...([store.accounts, settings.requiredSignIn, registrationEmails] as const),
  );
  const activity = new SessionActivitySaver({ ...core, store: store.sessions });
  const sessionBase = { ...core, store: store.sessions, activity, ttlMs };
  const liveSessions = new LiveSessions(sessionBase);
  const sessions = new Sessions({
    ...{ ...sessionBase, ageMaxMs, notices, live: liveSessions, requiredSignIn },
  });
  const profiles = new Profiles(core);
  const externalUsers = new ExternalUsers({ ...core, profiles });
  const externalSessions =
    records && new ExternalSessions({ records, liveSessions, users: externalUsers, clock });
  const denylist = new ExternalTokenDenylist();
  const revocations = new SessionRevocationWatch({
    ...{ ...core, store: store.sessions },
    onRevoked: (revocation) => events.emit('revoked', revocation),
  });
  const reaper = new SessionReaper({ ...core, sessions, liveSessions, externalSessions });
  const firstOwner = new FirstOwner({ ...core, ...options, store: store.accounts });
  const attempts = new AuthAttemptLimiter({
    ...base,
    sessions: store.sessions,
    audit: store.audit,
  });
  const accountChanges = new AccountChanges({ ...core, liveSessions });

  events.on('revoked', 'tokens', (revocation) => denylist.applyRevocation(revocation));
  events.on('revoked', 'sessions', (revocation) => liveSessions.applyRevocation(revocation));
  events.on('revoked', 'accounts', (revocation) => {
    if (revocation.kind === 'account') accountChanges.apply(revocation.userId);
  });
  events.on('connected', 'sessions', (connection, identity) => {
    liveSessions.attach(connection, identity);
  });
  events.on('connected', 'accounts', (connection) => accountChanges.connected(connection));
  events.on('disconnected', 'sessions', (connection) => liveSessions.detach(connection));
  // A database thread that dies is replaced within milliseconds: no reason to end the start.
  events.on('beginning', 'sessions', () => retryWhileUnavailable(clock, () => revocations.begin()));
  events.on('beginning', 'profiles', () => profiles.begin());
  events.on('beginning', 'session reaper', () => reaper.begin());
  const suspensions = endSuspensions({ ...core, sessionStore: store.sessions });
  events.on('beginning', 'suspensions', suspensions.begin);
  events.on('closing', 'suspensions', suspensions.close);
  events.on('closing', 'accounts', () => {
    for (const task of [reaper, revocations, profiles]) task.close();
  });
  events.on('closed', 'sessions', () => {
    liveSessions.saveAll();
    activity.close();
  });

  const confirmations = new ConfirmationLimits(core);
  const proofs = new FactorProofs({ ...base, attempts, totpKeys });
  const accounts = new Accounts({
    ...{ ...base, store: store.accounts, sessions, attempts, proofs, firstOwner, accountChanges },
    ...{ removals: store.removals, requiredSignIn, registrationEmails, confirmations },
    findInvite: (token) => findOpenInvite(core, token),
    hasUsed: async ({ id: inviteId }, userId) =>
      (await store.invites.takePlace({ inviteId, userId, address: '', nowMs: clock.nowMs() })) ===
      'used',
  });

  if (options.mail !== undefined) {
    const { invites, serverProfile } = store;
    const sender = sendMailInOrder({ ...core, ...options.mail, invites, serverProfile });
    events.on('beginning', 'mail', () => sender.begin());
    events.on('closing', 'mail', () => sender.close());
  }
  if (settings.registrationEmailDomains.length > 0) {
    const { removals } = store;
    const unconfirmed = deleteUnconfirmedAccounts({ ...core, removals });
    events.on('beginning', 'unconfirmed-accounts', unconfirmed.begin);
    events.on('closing', 'unconfirmed-accounts', unconfirmed.close);
  }
  const recentProof = new RecentProof({
    ...{ ...base, store: store.sessions, passwords: accounts, proofs, attempts },
  });

  return {
    ...{ liveSessions, revocations, externalUsers, attempts, firstOwner, accountChanges },
    ...{ profiles, hasMail },
    services: {
      accounts,
      recentProof,
      secondFactors: new SecondFactors({
        ...{ ...base, passwords: accounts, proofs, recentProof, notices, requiredSignIn, totpKeys },
        sessions,
      }),
      accountExport: new AccountExport({ ...core, fileStorage: options.fileStorage }),
      providerSignIn: new ProviderSignIn({
        ...{ ...core, accounts, profiles, sessions, proofs, attempts, accountChanges, notices },
        providers: options.signInProviders ?? [],
      }),
      passkeys: new Passkeys({
        ...{ ...core, sessions, attempts, notices, requiredSignIn },
        verifier: options.passkeyVerifier,
        challenges: new PasskeyChallenges({
          ...{ ...core, attempts, sealer: options.challengeSealer },
        }),
      }),
      passwordResets: new PasswordResets({
        ...{ ...base, hasher: accounts, sessions, attempts, requiredSignIn },
      }),
      ownProfile: new OwnProfile({
        ...{ ...core, profiles, accountChanges, notices, confirmations, hasMail },
      }),
      emailRequests: new EmailRequests({
        ...{ ...core, attempts, confirmations, hasMail, notices, requiredSignIn },
        registrationEmails,
      }),
      ...{ firstOwner, sessions, liveSessions },
      accountNotices: reads.limit(notices, { list: () => 1 }),
      userSessions: reads.limit(
        new UserSessions({ ...core, sessions, liveSessions, sessionStore: store.sessions }),
        { list: () => 2 },
      ),
      userAdministration: reads.limit(
        new UserAdministration({
          ...{ ...core, sessions, accountChanges, profiles, sessionStore: store.sessions },
          removals: store.removals,
          rooms: store.rooms,
        }),
        { list: () => 2 },
      ),
      /** Undefined if Parley keeps the sessions. */
      externalSessions,
      authenticator: new Authenticator({
        ...{ ...base, sessions, externalSessions, denylist, externalUsers, requiredSignIn },
        sessionStore: store.sessions,
      }),
      tokenIssuer: new TokenIssuer({ ...base, externalSessions }),
      logout: {
        end: (identity: Identity, which: 'this' | 'all') =>
          logOut({ clock, sessions, externalSessions, denylist }, identity, which),
      },
      people: reads.limit(new PeopleSearch(core), { find: () => 1 }),
      profiles: reads.limit(profiles, { list: () => 1 }),
    },
  };
}

export type AccountsFeature = ReturnType<typeof openAccounts>;
