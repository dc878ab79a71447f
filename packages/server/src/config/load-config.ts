/**
 * Reads the settings: flags before the environment before a `.env` file before
 * the defaults. Checked once, here; frozen; a wrong one stops the start.
 */
import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import type { Setting } from './setting-types.ts';
import { SETTINGS } from './settings.ts';

export type SettingName = keyof typeof SETTINGS;
type ValueOf<S> =
  S extends Setting<infer T, infer D> ? (D extends true ? T : T | undefined) : never;

/** The parsed value of each setting; undefined where it has neither value nor default. */
export type Values = { readonly [K in SettingName]: ValueOf<(typeof SETTINGS)[K]> };

export type Origin = 'flag' | 'environment' | '.env' | 'default';

export interface Config {
  readonly values: Values;
  /** Where each value comes from. */
  readonly origins: Readonly<Record<SettingName, Origin>>;
}

/** One line for a person: which setting, why, and what would be right. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

export interface Sources {
  /** By setting: `--port 80` is `{PORT: '80'}`. */
  readonly flags: Readonly<Record<string, string | undefined>>;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly envFile: Readonly<Record<string, string | undefined>>;
}

/** @throws {ConfigError} for the first setting that is wrong. */
export function loadConfig({ flags, environment, envFile }: Sources): Config {
  const layers: readonly [Origin, Sources['flags']][] = [
    ['flag', flags],
    ['environment', environment],
    ['.env', envFile],
  ];
  const values: Record<string, unknown> = {};
  const origins: Record<string, Origin> = {};
  for (const [name, definition] of Object.entries<Setting<unknown>>(SETTINGS)) {
    const layer = layers.find(([, given]) => isSet(definition, given[name]));
    const given = layer?.[1][name] ?? definition.fallback;
    origins[name] = layer?.[0] ?? 'default';
    values[name] = given === undefined ? undefined : parse(name, definition, given);
  }
  checkRelations(values);
  // Every setting of the table was just filled with what its own kind parses to.
  return Object.freeze({ values, origins }) as unknown as Config;
}

/** An empty value counts as none: so a line of a file can be emptied instead of deleted. */
function isSet({ kind }: Setting<unknown>, given = ''): boolean {
  return given !== '' && kind.saysNothing?.(given) !== true;
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
  if (values['SESSION_STORE'] === 'redis') {
    for (const needed of ['REDIS_URL', 'SESSION_SECRET']) {
      if (values[needed] !== undefined) continue;
      throw new ConfigError(
        `${needed} is missing: with SESSION_STORE=redis it must be set, as the application has it that keeps the sessions.`,
      );
    }
  }
  if (values['NODE_ENV'] === 'production' && values['SESSION_SECRET'] === undefined) {
    throw new ConfigError(
      'SESSION_SECRET is missing: with NODE_ENV=production it must be set, to a random text of at least 16 characters.',
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
  throw new ConfigError(
    `${given} is set, but ${missing} is not: one does not work without the other.`,
  );
}

function requireLess(
  values: Record<string, unknown>,
  smaller: SettingName,
  larger: SettingName,
): void {
  if (Number(values[smaller]) < Number(values[larger])) return;
  throw new ConfigError(
    `${smaller} is ${values[smaller]}, which is not less than ${larger} (${values[larger]}).`,
  );
}

/** The `.env` file of a folder; empty where there is none. */
export function readEnvFile(path: string): Record<string, string | undefined> {
  try {
    return parseEnv(readFileSync(path, 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw new ConfigError(`${path} cannot be read: ${(error as Error).message}.`);
  }
}
