/**
 * Reads the settings. Flags override the environment, which overrides the `.env` file, which
 * overrides the defaults. Settings are checked once, here, and frozen; a wrong one stops the start.
 */
import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { UNIT_NAMES } from '../model/units.ts';
import { isLoopbackHost, roleOf } from './role.ts';
import type { Setting } from './setting-types.ts';
import { SETTINGS } from './settings.ts';
import { findLikelySetting } from './unknown-settings.ts';

export type SettingName = keyof typeof SETTINGS;
type ValueOf<S> =
  S extends Setting<infer T, infer D> ? (D extends true ? T : T | undefined) : never;

/** The parsed value of each setting; undefined if it has neither a value nor a default. */
export type Values = { readonly [K in SettingName]: ValueOf<(typeof SETTINGS)[K]> };

type Origin = 'flag' | 'environment' | '.env' | 'default';

export interface Config {
  readonly values: Values;
  /** Source of each value. */
  readonly origins: Readonly<Record<SettingName, Origin>>;
}

/** A wrong setting, in one line for the operator: which one, why, and what is allowed. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

export interface Sources {
  /** By setting name: `--port 80` is `{PORT: '80'}`. */
  readonly flags: Readonly<Record<string, string | undefined>>;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly envFile: Readonly<Record<string, string | undefined>>;
}

/** @throws {ConfigError} for the first wrong setting. */
export function loadConfig({ flags, environment, envFile }: Sources): Config {
  const layers: readonly [Origin, Sources['flags']][] = [
    ['flag', flags],
    ['environment', environment],
    ['.env', envFile],
  ];
  rejectMisspelled('The environment', environment);
  rejectMisspelled("'.env'", envFile);
  const values: Record<string, unknown> = {};
  const origins: Record<string, Origin> = {};
  for (const [name, definition] of Object.entries<Setting<unknown>>(SETTINGS)) {
    const layer = layers.find(([, given]) => isSet(definition, given[name]));
    const given = layer?.[1][name] ?? definition.fallback;
    origins[name] = layer?.[0] ?? 'default';
    values[name] = given === undefined ? undefined : parse(name, definition, given);
  }
  checkRelations(values);
  // The loop above filled every setting of the table with the result of its own parser.
  const config = Object.freeze({ values, origins }) as unknown as Config;
  checkRedis(config.values);
  checkCluster(config.values);
  return config;
}

function rejectMisspelled(source: string, given: Sources['environment']): void {
  const settings = Object.keys(SETTINGS);
  for (const name of Object.keys(given)) {
    const likely = findLikelySetting(name, settings);
    if (likely === undefined) continue;
    throw new ConfigError(`${source} has ${name}, which is not a setting: use ${likely}.`);
  }
}

/** An empty value counts as not set, so that a line of `.env` can be emptied instead of deleted. */
function isSet({ kind }: Setting<unknown>, given = ''): boolean {
  return given !== '' && kind.isBlank?.(given) !== true;
}

function parse(name: string, definition: Setting<unknown>, given: string): unknown {
  const value = definition.kind.parse(given.trim());
  if (value !== undefined) return value;
  const found = definition.redact?.(given) ?? given;
  throw new ConfigError(`${name} is '${found}', which is not ${definition.kind.allowed}.`);
}

/** Relations between settings; each names both. */
function checkRelations(values: Record<string, unknown>): void {
  requireLess(values, 'HEARTBEAT_TIMEOUT_MS', 'HEARTBEAT_INTERVAL_MS');
  requireLess(values, 'SOFT_BUFFER_BYTES', 'HARD_BUFFER_BYTES');
  requireTogether(values, 'TLS_CERT_FILE', 'TLS_KEY_FILE');
  requireTogether(values, 'SMTP_URL', 'MAIL_FROM');
  const domains = values['REGISTRATION_EMAIL_DOMAINS'] as readonly string[];
  if (domains.length > 0 && values['SMTP_URL'] === undefined) {
    throw new ConfigError(
      'SMTP_URL is missing: REGISTRATION_EMAIL_DOMAINS requires it, as addresses are confirmed by mail.',
    );
  }
  if (values['SESSION_STORE'] === 'redis') {
    for (const needed of ['REDIS_URL', 'SESSION_SECRET']) {
      if (values[needed] !== undefined) continue;
      throw new ConfigError(
        `${needed} is missing: SESSION_STORE=redis requires it, with the value that the application which stores the sessions uses.`,
      );
    }
  }
  if (values['NODE_ENV'] === 'production' && values['SESSION_SECRET'] === undefined) {
    throw new ConfigError(
      'SESSION_SECRET is missing: NODE_ENV=production requires it. Set it to a random string of at least 16 characters.',
    );
  }
}

/** Clients of Redis can read all live messages, and the sessions of another application. */
function checkRedis({ REDIS_URL: urls, REDIS_INSECURE: insecure }: Values): void {
  if (urls === undefined || insecure === 'allow') return;
  for (const url of urls.split(/,(?=rediss?:)/)) {
    if (!URL.canParse(url)) continue; // The client names the error when it connects.
    const { hostname, password, protocol } = new URL(url);
    if (isLoopbackHost(hostname.replace(/^\[|\]$/g, ''))) continue;
    const missing = [
      ...(password === '' ? ['a password'] : []),
      ...(protocol === 'rediss:' ? [] : ['TLS (rediss://)']),
    ];
    if (missing.length === 0) continue;
    throw new ConfigError(
      `REDIS_URL names ${hostname} without ${missing.join(' and ')}: everyone who reaches it, or is on the way, could read messages. Add it, or set REDIS_INSECURE=allow.`,
    );
  }
}

/** Nodes must accept each other's cookies and tokens, and reach each other. */
function checkCluster(values: Values): void {
  if (values.BUS === 'redis' && roleOf(values) !== 'node') {
    const missing = values.REDIS_URL === undefined ? 'REDIS_URL' : 'a PostgreSQL DATABASE_URL';
    throw new ConfigError(`${missing} is missing: BUS=redis requires it.`);
  }
  if (roleOf(values) !== 'node') {
    if (values.UNITS.length === UNIT_NAMES.length) return;
    throw new ConfigError(
      'UNITS leaves units out, which only a node of a cluster may do: set REDIS_URL and a PostgreSQL DATABASE_URL, or UNITS=all.',
    );
  }
  for (const needed of ['SESSION_SECRET', 'JWT_SECRET'] as const) {
    if (values[needed] !== undefined) continue;
    throw new ConfigError(
      `${needed} is missing: with REDIS_URL and a PostgreSQL DATABASE_URL, this server is a node of a cluster, which requires the same secret on all nodes. Set it, or set BUS=memory for a single server.`,
    );
  }
}

function requireTogether(
  values: Record<string, unknown>,
  one: SettingName,
  other: SettingName,
): void {
  if ((values[one] === undefined) === (values[other] === undefined)) return;
  const [given, missing] = values[one] === undefined ? [other, one] : [one, other];
  throw new ConfigError(`${given} is set, but ${missing} is not: set both or neither.`);
}

function requireLess(
  values: Record<string, unknown>,
  smaller: SettingName,
  larger: SettingName,
): void {
  if (Number(values[smaller]) < Number(values[larger])) return;
  throw new ConfigError(
    `${smaller} is ${values[smaller]}, but must be less than ${larger} (${values[larger]}).`,
  );
}

/** Reads a `.env` file; returns no settings if there is none. */
export function readEnvFile(path: string): Record<string, string | undefined> {
  try {
    return parseEnv(readFileSync(path, 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw new ConfigError(`${path} cannot be read: ${(error as Error).message}.`);
  }
}
