/** Builds the domain from the settings and its adapters. */

import { chatCompletions } from '../assistant/chat-completions.ts';
import { readBlockedWords } from '../config/blocked-words.ts';
import { userRates } from '../config/connection-limits.ts';
import { readExternalIssuer } from '../config/external-issuer.ts';
import type { Values } from '../config/load-config.ts';
import { readPasskeyPlace } from '../config/passkey-place.ts';
import { makesLinkPreviews, registrationOf } from '../config/role.ts';
import { readSignInProviders } from '../config/sign-in-providers.ts';
import type { MailOptions } from '../domain/accounts/mail-sender.ts';
import type { AssistantOptions } from '../domain/assistant/assistant.ts';
import { type Chat, type ChatOptions, openChat } from '../domain/chat.ts';
import { networkOf } from '../http/limits/network-of.ts';
import { historyImporter } from '../imports/import-process.ts';
import type { AccessTokens } from '../ports/access-tokens.ts';
import type { ExternalSessionStore } from '../ports/external-session-store.ts';
import type { LinkFetcher } from '../ports/link-fetcher.ts';
import type { Logger } from '../ports/logger.ts';
import type { Mailer } from '../ports/mailer.ts';
import type { PasskeyVerifier } from '../ports/passkey-verifier.ts';
import type { SignInProvider } from '../ports/sign-in-provider.ts';
import { linkFetcher } from '../previews/link-fetcher.ts';
import { systemClock } from '../system/clock.ts';
import { commonPasswords } from '../system/common-passwords.ts';
import { systemCrypto } from '../system/crypto.ts';
import { redisUnusable } from './redis-unusable.ts';
import type { Secrets } from './secrets.ts';
import type { Undo } from './server-options.ts';

const HOUR_MS = 60 * 60 * 1000;
const DAY_MS = 24 * HOUR_MS;
/** Opens the session store of the external application, if the settings name one. */
export async function openExternalSessionStore(
  { SESSION_STORE: kind, REDIS_URL: url, DATABASE_TIMEOUT_MS: timeoutMs }: Values,
  logger: Logger,
  undo: Undo,
): Promise<ExternalSessionStore | undefined> {
  if (kind === 'own' || url === undefined) return undefined;
  const onChange = (isUp: boolean): void =>
    logger.record({ event: isUp ? 'sessions.up' : 'sessions.down' });
  try {
    const { openRedisSessions } = await import('../sessions/redis/external-session-store.ts');
    const sessions = await openRedisSessions({ url, timeoutMs, onChange });
    undo(() => sessions.close());
    return sessions;
  } catch (cause) {
    throw redisUnusable(cause);
  }
}

/** The library of tokens is loaded with the first token. */
export function openAccessTokens(values: Values, secrets: Secrets): AccessTokens {
  const options = { secrets, external: readExternalIssuer(values) };
  let opening: Promise<AccessTokens> | undefined;
  const opened = (): Promise<AccessTokens> => {
    opening ??= load();
    return opening;
  };
  const load = async (): Promise<AccessTokens> =>
    (await import('../tokens/jose-access-tokens.ts')).joseAccessTokens(options);
  return {
    issue: async (sessionKey, expiresAtMs) => (await opened()).issue(sessionKey, expiresAtMs),
    verify: async (token) => (await opened()).verify(token),
  };
}

function openAssistant(values: Values): AssistantOptions | undefined {
  const { AI_BASE_URL: baseUrl, AI_API_KEY: apiKey, AI_MODEL: model } = values;
  if (baseUrl === undefined) return undefined;
  return {
    model: chatCompletions({ baseUrl, apiKey, model }),
    mention: values.AI_MENTION,
    firstPieceMs: values.AI_TIMEOUT_MS,
  };
}

/** The library is loaded with the first mail. */
function openMail(values: Values): MailOptions | undefined {
  const { SMTP_URL: url, MAIL_FROM: from, PUBLIC_URL: given } = values;
  if (url === undefined || from === undefined) return undefined;
  let opening: Promise<Mailer> | undefined;
  const opened = (): Promise<Mailer> => {
    opening ??= import('../mail/smtp-mailer.ts').then(({ smtpMailer }) =>
      smtpMailer({ url, from }),
    );
    return opening;
  };
  const scheme = values.TLS_CERT_FILE === undefined ? 'http' : 'https';
  const host = values.ALLOWED_HOSTS[0] ?? values.HOST;
  const publicUrl = (given ?? `${scheme}://${host}:${values.PORT}`).replace(/\/+$/, '');
  return { mailer: { send: async (mail) => (await opened()).send(mail) }, publicUrl };
}

/** Only where the unit runs: its thread, and the library in it, start with the first link. */
function openLinkFetcher(values: Values, logger: Logger): LinkFetcher | undefined {
  if (!makesLinkPreviews(values) || !values.UNITS.includes('previews')) return undefined;
  return linkFetcher({
    allow: values.LINK_PREVIEW_ALLOW,
    onFailure: (error) => logger.record({ event: 'previews.failed', error }),
  });
}

/** The library is loaded with the first sign-in. No provider is asked before. */
function openSignInProviders(values: Values): readonly SignInProvider[] {
  return readSignInProviders(values).map((settings) => {
    const { name, label, issuer, kind } = settings;
    const load = async (): Promise<SignInProvider> => {
      if (kind === 'github') {
        return (await import('../tokens/github-provider.ts')).githubProvider(settings);
      }
      const { openIdProvider } = await import('../tokens/openid-provider.ts');
      return openIdProvider({ ...settings, clock: systemClock });
    };
    let opening: Promise<SignInProvider> | undefined;
    const opened = (): Promise<SignInProvider> => {
      opening ??= load();
      return opening;
    };
    return {
      ...{ name, label, issuer, canProve: kind === 'openid' },
      begin: async (options) => (await opened()).begin(options),
      finish: async (query, checks) => (await opened()).finish(query, checks),
    };
  });
}

/** The library is loaded with the first signature. */
function openPasskeys(values: Values): PasskeyVerifier | undefined {
  const place = readPasskeyPlace(values);
  if (place === undefined) return undefined;
  let opening: Promise<PasskeyVerifier> | undefined;
  const opened = (): Promise<PasskeyVerifier> => {
    opening ??= import('../tokens/passkey-verifier.ts').then(({ passkeyVerifier }) =>
      passkeyVerifier(place),
    );
    return opening;
  };
  return {
    site: place.site,
    verifyNew: async (...given) => (await opened()).verifyNew(...given),
    verify: async (...given) => (await opened()).verify(...given),
  };
}

export function composeChat(
  values: Values,
  dependencies: Pick<
    ChatOptions,
    | 'store'
    | 'bus'
    | 'tokenLeases'
    | 'passwords'
    | 'logger'
    | 'accessTokens'
    | 'totpKeys'
    | 'challengeSealer'
    | 'cursorSealer'
    | 'externalSessionStore'
    | 'firstOwner'
    | 'fileStorage'
    | 'partialFiles'
  >,
): Chat {
  return openChat({
    ...dependencies,
    clock: systemClock,
    secrets: systemCrypto,
    commonPasswords,
    networkOf,
    assistant: openAssistant(values),
    mail: openMail(values),
    signInProviders: openSignInProviders(values),
    passkeyVerifier: openPasskeys(values),
    linkFetcher: openLinkFetcher(values, dependencies.logger),
    historyImporter: historyImporter({ program: new URL('./import-program.ts', import.meta.url) }),
    settings: {
      units: values.UNITS,
      registration: values.SESSION_STORE === 'own' ? registrationOf(values) : 'closed',
      registrationEmailDomains: values.REGISTRATION_EMAIL_DOMAINS,
      requiredSignIn: values.REQUIRED_SIGN_IN,
      sessionTtlMs: values.SESSION_TTL_MS,
      sessionAgeMaxMs: values.SESSION_AGE_MAX_MS,
      contentLengthMax: values.CONTENT_LENGTH_MAX,
      messageRateMax: values.MESSAGE_RATE_MAX,
      messageRateWindowMs: values.MESSAGE_RATE_WINDOW_MS,
      ...userRates(values),
      floodRules: values.FLOOD_RULES === 'on',
      newAccountMs: values.NEW_ACCOUNT_HOURS * HOUR_MS,
      joinWaveMax: values.JOIN_WAVE_MAX,
      blockedWords: readBlockedWords(values),
      blockedWordsAction: values.BLOCKED_WORDS_ACTION,
      fileBytesMax: values.FILE_BYTES_MAX,
      allFilesBytesMax: values.FILES_BYTES_MAX,
      userFilesPercent: values.USER_FILES_PERCENT,
      linkPreviews: makesLinkPreviews(values),
      searchLanguages: values.SEARCH_LANGUAGES,
      firstRoom: values.FIRST_ROOM === 'none' ? '' : values.FIRST_ROOM,
      askBeforeStrangers: values.ASK_BEFORE_STRANGERS === 'on',
      historyOnJoin: values.HISTORY_ON_JOIN,
      catchUpEventsMax: values.CATCH_UP_EVENTS_MAX,
      tailEventsPerRoom: values.TAIL_EVENTS_PER_ROOM,
      memoryBudgetBytes: values.MEMORY_BUDGET_BYTES,
      softBufferBytes: values.SOFT_BUFFER_BYTES,
      hardBufferBytes: values.HARD_BUFFER_BYTES,
      laggingTimeoutMs: values.LAGGING_TIMEOUT_MS,
      typingTimeoutMs: values.TYPING_TIMEOUT_MS,
      presenceGraceMs: values.PRESENCE_GRACE_MS,
      awayAfterMs: values.AWAY_AFTER_MS,
      largeRoomPeople: values.LARGE_ROOM_PEOPLE,
      emptyRoomTimeoutMs: values.EMPTY_ROOM_TIMEOUT_MS,
      retentionMs: values.RETENTION_DAYS * DAY_MS,
      auditRetentionMs: values.AUDIT_RETENTION_DAYS * DAY_MS,
    },
  });
}
