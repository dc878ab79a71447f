/** `parley config`: shows every setting, its value and its source. Secrets are not shown. */
import { connectionLimits, userRates } from '../config/connection-limits.ts';
import type { Config, SettingName, Values } from '../config/load-config.ts';
import { describeRole, nodeNameOf, roleOf } from '../config/role.ts';
import type { Setting } from '../config/setting-types.ts';
import { SETTING_SECTIONS, SETTINGS } from '../config/settings.ts';

export function showConfig({ values, origins }: Config): void {
  const inForce = valuesInForce(values);
  const rows = Object.entries<Setting<unknown>>(SETTINGS).map(([name, definition]) => {
    // The configuration has the same names as the table it is loaded from.
    const key = name as SettingName;
    const value = describeValue(definition, values[key] ?? inForce[key]);
    return { key, cells: [name, value, `(${origins[key]})`] };
  });
  const widths = [0, 1].map((column) =>
    Math.max(...rows.map(({ cells }) => cells[column]?.length ?? 0)),
  );
  for (const { key, cells } of rows) {
    const title = SETTING_SECTIONS[key];
    if (title !== undefined) console.log(`\n# ${title}`);
    const [name = '', value = '', origin = ''] = cells;
    console.log(`${name.padEnd(widths[0] ?? 0)}  ${value.padEnd(widths[1] ?? 0)}  ${origin}`);
  }
  console.log(`\nWith these settings, 'parley start' runs a ${describeRole(values)}.`);
}

/** Defaults that depend on this machine or on other settings. */
function valuesInForce(values: Values): Partial<Record<SettingName, unknown>> {
  const { userMessageRateMax, userChangeRateMax } = userRates(values);
  return {
    MAX_CONNECTIONS: connectionLimits(values).connectionsMax,
    USER_MESSAGE_RATE_MAX: userMessageRateMax,
    USER_CHANGE_RATE_MAX: userChangeRateMax,
    ...(roleOf(values) === 'node' ? { NODE_NAME: nodeNameOf(values) } : {}),
  };
}

function describeValue({ redact, fallbackNote }: Setting<unknown>, value: unknown): string {
  if (value === undefined) return fallbackNote ?? '-';
  const text = Array.isArray(value) ? value.join(',') || '-' : String(value);
  return redact?.(text) ?? text;
}
