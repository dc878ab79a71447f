/**
 * What a setting can be: how its text is read, what is allowed, and how that is
 * said to a person. No setting is named here.
 */
export type SettingKind<T> = {
  /** Undefined where the text is none of these. */
  readonly parse: (text: string) => T | undefined;
  /** What would be right, for the line that refuses a wrong value. */
  readonly allowed: string;
  /** Of a text that is not empty: whether it says nothing all the same, and counts as not set. */
  readonly saysNothing?: (text: string) => boolean;
};

export interface Setting<T, HasDefault extends boolean = boolean> {
  readonly kind: SettingKind<T>;
  /** As a text, so that it is read like any other value; undefined: it has none. */
  readonly fallback: HasDefault extends true ? string : undefined;
  /** Said in its place where the default depends on the machine. */
  readonly fallbackNote?: string;
  /** What it decides, for the reference. */
  readonly about: string;
  /** What may be shown of its text, where not all of it may. */
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

/** A setting that may have none. */
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

/** Items between commas; blanks around them do not count. */
export function list<T>(item: SettingKind<T>): SettingKind<readonly T[]> {
  return {
    parse: (value) => {
      const items = partsOf(value).map((part) => item.parse(part));
      return items.every((parsed) => parsed !== undefined) ? items : undefined;
    },
    allowed: `a list, with commas between, of ${item.allowed}`,
    saysNothing: (value) => partsOf(value).length === 0,
  };
}

function partsOf(list: string): string[] {
  return list
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}
