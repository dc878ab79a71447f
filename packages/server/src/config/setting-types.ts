/** Types of settings: how a value is parsed, and how the allowed values are described. */
type SettingKind<T> = {
  /** Returns undefined if the text is not allowed. */
  readonly parse: (text: string) => T | undefined;
  /** Description of the allowed values, for the message about a wrong value. */
  readonly allowed: string;
  /** Whether a text that is not empty still counts as not set. */
  readonly isBlank?: (text: string) => boolean;
};

export interface Setting<T, HasDefault extends boolean = boolean> {
  readonly kind: SettingKind<T>;
  /** Default as text, parsed like any other value; undefined if there is no default. */
  readonly fallback: HasDefault extends true ? string : undefined;
  /** Description of a default that depends on the machine or on other settings. */
  readonly fallbackNote?: string;
  /** Description for the reference: starts with a noun, names the unit. */
  readonly about: string;
  /** Replaces secrets in a value before it is shown. */
  readonly redact?: (text: string) => string;
}

/** A setting that always has a value. */
export function setting<T>(
  kind: SettingKind<T>,
  fallback: string,
  about: string,
  more: Pick<Setting<T>, 'redact'> = {},
): Setting<T, true> {
  return Object.freeze({ kind, fallback, about, ...more });
}

/** A setting that may have no value. */
export function optionalSetting<T>(
  kind: SettingKind<T>,
  about: string,
  more: Pick<Setting<T>, 'fallbackNote' | 'redact'> = {},
): Setting<T, false> {
  return Object.freeze({ kind, fallback: undefined, about, ...more });
}

export function integer(min: number, max: number): SettingKind<number> {
  return {
    parse: (text) => {
      if (!/^\d+$/.test(text)) return undefined;
      const value = Number(text);
      return value >= min && value <= max ? value : undefined;
    },
    allowed: `a whole number from ${min} to ${max}`,
  };
}

export function oneOf<const T extends string>(...values: readonly T[]): SettingKind<T> {
  return {
    parse: (text) => values.find((value) => value === text),
    allowed: `one of ${values.join(', ')}`,
  };
}

export function text(allowed: string, pattern = /./): SettingKind<string> {
  return { parse: (value) => (pattern.test(value) ? value : undefined), allowed };
}

/** Items separated by commas; spaces around an item are ignored. */
export function list<T>(item: SettingKind<T>): SettingKind<readonly T[]> {
  return {
    parse: (value) => {
      const items = partsOf(value).map((part) => item.parse(part));
      return items.every((parsed) => parsed !== undefined) ? items : undefined;
    },
    allowed: `${item.allowed}, or several, separated by commas`,
    isBlank: (value) => partsOf(value).length === 0,
  };
}

function partsOf(list: string): string[] {
  return list
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}
