/** `parley config`: shows every setting, its value and its source. Secrets are not shown. */
import type { Config, SettingName } from '../config/load-config.ts';
import { describeRole } from '../config/role.ts';
import type { Setting } from '../config/setting-types.ts';
import { SETTINGS } from '../config/settings.ts';

export function showConfig({ values, origins }: Config): void {
  const rows = Object.entries<Setting<unknown>>(SETTINGS).map(([name, definition]) => {
    // The configuration has the same names as the table it is loaded from.
    const key = name as SettingName;
    return [name, describeValue(definition, values[key]), `(${origins[key]})`];
  });
  const widths = [0, 1].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  for (const [name = '', value = '', origin = ''] of rows) {
    console.log(`${name.padEnd(widths[0] ?? 0)}  ${value.padEnd(widths[1] ?? 0)}  ${origin}`);
  }
  console.log(`\nWith these settings, 'parley start' runs a ${describeRole(values)}.`);
}

function describeValue({ redact, fallbackNote }: Setting<unknown>, value: unknown): string {
  if (value === undefined) return fallbackNote ?? '-';
  const text = Array.isArray(value) ? value.join(',') || '-' : String(value);
  return redact?.(text) ?? text;
}
