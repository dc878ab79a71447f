/** The file of `OIDC_PROVIDERS_FILE`: providers with which users sign in. */
import { readFileSync } from 'node:fs';
import { ConfigError, type Values } from './load-config.ts';
import { isLoopbackHost } from './role.ts';

interface SignInProviderSettings {
  readonly kind: ProviderKind;
  readonly name: string;
  readonly label: string;
  readonly issuer: string;
  readonly clientId: string;
  /** Undefined for a client that proves itself with PKCE only. */
  readonly clientSecret: string | undefined;
  readonly scopes: string;
  /** Undefined if roles do not follow the provider. */
  readonly roles: RoleMapping | undefined;
  readonly redirectUrl: string;
}

interface RoleMapping {
  /** Name of a claim; a dot leads into an object. */
  readonly claim: string;
  readonly admin: readonly string[];
  readonly moderator: readonly string[];
}

/** GitHub has OAuth 2 without OpenID Connect. */
type ProviderKind = 'openid' | 'github';
interface Preset extends Partial<Pick<SignInProviderSettings, 'kind' | 'issuer' | 'scopes'>> {
  readonly label: string;
}
/** By name of the provider, or by `preset`. */
const PRESETS: Readonly<Record<string, Preset>> = Object.freeze({
  google: { issuer: 'https://accounts.google.com', label: 'Google' },
  gitlab: { issuer: 'https://gitlab.com', label: 'GitLab' },
  keycloak: { label: 'Keycloak' },
  github: {
    ...{ kind: 'github', issuer: 'https://github.com', label: 'GitHub' },
    scopes: 'read:user',
  },
});
const NAME = /^[a-z0-9][a-z0-9-]{0,31}$/;
/** Parts of the addresses beside those of the providers. */
const RESERVED_NAMES = new Set(['pending', 'complete']);
const FIELDS = new Set([
  ...['preset', 'issuer', 'label', 'clientId', 'clientSecret', 'scopes', 'roles'],
]);
const ROLE_FIELDS = new Set(['claim', 'admin', 'moderator']);
/** More buttons than a page of sign-in can show. */
const PROVIDERS_MAX = 20;
const CALLBACK_PATH = '/callback';
const OIDC_PATH = '/api/auth/oidc';

/** @throws {ConfigError} naming the provider and the field. */
export function readSignInProviders(values: Values): readonly SignInProviderSettings[] {
  const { OIDC_PROVIDERS_FILE: file, PUBLIC_URL: publicUrl, SESSION_STORE: store } = values;
  if (values.REQUIRED_SIGN_IN !== 'password' && store !== 'own') {
    throw new ConfigError(
      'REQUIRED_SIGN_IN and SESSION_STORE=redis exclude each other: with SESSION_STORE=redis, another application logs users in.',
    );
  }
  if (file === undefined) {
    requireProviders([], values);
    return [];
  }
  if (publicUrl === undefined) {
    throw new ConfigError(
      'PUBLIC_URL is missing: OIDC_PROVIDERS_FILE requires it. Providers send browsers back to PUBLIC_URL/api/auth/oidc/NAME/callback, and accept no other address.',
    );
  }
  if (store !== 'own') {
    throw new ConfigError(
      'OIDC_PROVIDERS_FILE and SESSION_STORE=redis exclude each other: with SESSION_STORE=redis, another application logs users in.',
    );
  }
  const entries = Object.entries(toObject(readJson(file), `OIDC_PROVIDERS_FILE ${file}`));
  if (entries.length > PROVIDERS_MAX) {
    throw new ConfigError(`OIDC_PROVIDERS_FILE names more than ${PROVIDERS_MAX} providers.`);
  }
  const base = publicUrl.replace(/\/+$/, '');
  const providers = entries.map(([name, written]) => toProvider(name, written, base));
  const issuers = new Set(providers.map(({ issuer }) => issuer));
  if (issuers.size < providers.length) {
    throw new ConfigError(
      'OIDC_PROVIDERS_FILE names two providers with the same issuer: their users could not be told apart.',
    );
  }
  requireProviders(providers, values);
  return providers;
}

function requireProviders(
  { length }: readonly SignInProviderSettings[],
  { REQUIRED_SIGN_IN: required }: Values,
): void {
  if (required !== 'provider' || length > 0) return;
  throw new ConfigError(
    'REQUIRED_SIGN_IN=provider needs a provider in OIDC_PROVIDERS_FILE: only the owner could sign in.',
  );
}

function readJson(file: string): unknown {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    const { message } = cause as Error;
    throw new ConfigError(`OIDC_PROVIDERS_FILE cannot be read: ${message}.`, { cause });
  }
  try {
    return JSON.parse(text);
  } catch {
    // The message of the parser quotes the text, which has secrets.
    throw new ConfigError(`OIDC_PROVIDERS_FILE ${file} is not valid JSON.`);
  }
}

function toProvider(name: string, written: unknown, base: string): SignInProviderSettings {
  const where = `OIDC_PROVIDERS_FILE, provider '${name}'`;
  if (!NAME.test(name) || RESERVED_NAMES.has(name)) {
    throw new ConfigError(
      `${where}: a name has 1 to 32 lower-case letters, digits or '-', and is none of ${[...RESERVED_NAMES].join(', ')}.`,
    );
  }
  const fields = toObject(written, where);
  rejectUnknown(fields, FIELDS, where);
  const presetName = optionalText(fields, 'preset', where) ?? name;
  const preset: Preset | undefined = Object.hasOwn(PRESETS, presetName)
    ? PRESETS[presetName]
    : undefined;
  if (preset === undefined && fields['preset'] !== undefined) {
    throw new ConfigError(`${where}: preset is none of ${Object.keys(PRESETS).join(', ')}.`);
  }
  const { kind = 'openid' }: Partial<Preset> = preset ?? {};
  const address = optionalText(fields, 'issuer', where) ?? preset?.issuer;
  // Paths of the API follow it.
  const issuer = kind === 'github' ? address?.replace(/\/+$/, '') : address;
  const clientId = optionalText(fields, 'clientId', where);
  if (issuer === undefined) throw new ConfigError(`${where}: issuer is missing.`);
  if (clientId === undefined) throw new ConfigError(`${where}: clientId is missing.`);
  checkIssuer(issuer, where);
  const scopes = optionalText(fields, 'scopes', where) ?? preset?.scopes ?? 'openid profile email';
  const clientSecret = optionalText(fields, 'clientSecret', where);
  if (kind === 'github') {
    if (clientSecret === undefined) throw new ConfigError(`${where}: clientSecret is missing.`);
    if (fields['roles'] !== undefined) {
      throw new ConfigError(`${where}: roles need claims, which GitHub does not have.`);
    }
  } else if (!scopes.split(' ').includes('openid')) {
    throw new ConfigError(`${where}: scopes must contain openid.`);
  }
  return {
    ...{ kind, name, issuer, clientId, clientSecret, scopes },
    label: optionalText(fields, 'label', where) ?? preset?.label ?? name,
    roles: fields['roles'] === undefined ? undefined : toRoles(fields['roles'], where),
    redirectUrl: `${base}${OIDC_PATH}/${name}${CALLBACK_PATH}`,
  };
}

/** Codes and tokens go to this server. */
function checkIssuer(issuer: string, where: string): void {
  const url = URL.canParse(issuer) ? new URL(issuer) : undefined;
  if (url?.protocol === 'https:') return;
  if (url?.protocol === 'http:' && isLoopbackHost(url.hostname.replace(/^\[|\]$/g, ''))) return;
  throw new ConfigError(`${where}: issuer is not an https address.`);
}

function toRoles(written: unknown, where: string): RoleMapping {
  const fields = toObject(written, `${where}: roles`);
  rejectUnknown(fields, ROLE_FIELDS, `${where}: roles`);
  const claim = optionalText(fields, 'claim', `${where}: roles`);
  if (claim === undefined) throw new ConfigError(`${where}: roles.claim is missing.`);
  return {
    claim,
    admin: textsOf(fields, 'admin', where),
    moderator: textsOf(fields, 'moderator', where),
  };
}

function rejectUnknown(fields: object, known: ReadonlySet<string>, where: string): void {
  const unknown = Object.keys(fields).find((field) => !known.has(field));
  if (unknown === undefined) return;
  throw new ConfigError(`${where}: ${unknown} is none of ${[...known].join(', ')}.`);
}

function toObject(written: unknown, where: string): Readonly<Record<string, unknown>> {
  if (typeof written === 'object' && written !== null && !Array.isArray(written)) {
    return { ...written };
  }
  throw new ConfigError(`${where} is not an object.`);
}

function optionalText(
  fields: Readonly<Record<string, unknown>>,
  field: string,
  where: string,
): string | undefined {
  const value = fields[field];
  if (value === undefined || (typeof value === 'string' && value.trim() !== '')) return value;
  throw new ConfigError(`${where}: ${field} is not a text.`);
}

function textsOf(
  fields: Readonly<Record<string, unknown>>,
  field: string,
  where: string,
): readonly string[] {
  const value = fields[field] ?? [];
  if (Array.isArray(value) && value.every((each) => typeof each === 'string')) return value;
  throw new ConfigError(`${where}: roles.${field} is not a list of texts.`);
}
