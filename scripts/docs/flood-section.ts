/** Formats the rules against floods as Markdown for the documents. */

import { FLOOD_RULES, FLOOD_STEPS } from '../../packages/server/src/domain/messages/flood-rules.ts';
import { JOIN_STEPS, JOIN_WAVE } from '../../packages/server/src/domain/rooms/join-waves.ts';
import { DOMAIN_DEFAULTS } from '../../packages/server/src/domain/settings.ts';
import { table } from './table.ts';

const minutes = (ms: number): string => (ms < 60_000 ? `${ms / 1000} s` : `${ms / 60_000} min`);

/** Lists what is counted, and the steps. */
export function floodRulesSection(): string {
  const rules = Object.entries(FLOOD_RULES).map(([name, { what, max, windowMs }]) => [
    `\`${name}\``,
    what,
    `${max} in ${minutes(windowMs)}`,
  ]);
  const steps = FLOOD_STEPS.map(({ step, ...times }) => {
    const { waitMs, forMs } = { waitMs: 0, forMs: 0, ...times };
    return [step, waitMs === 0 ? '' : minutes(waitMs), forMs === 0 ? '' : minutes(forMs)];
  });
  const joins = [
    '`joins`',
    JOIN_WAVE.what,
    `${DOMAIN_DEFAULTS.joinWaveMax} in ${minutes(JOIN_WAVE.windowMs)}`,
  ];
  const joinSteps = JOIN_STEPS.map(({ step, times, ...rest }) => {
    const { forMs } = { forMs: 0, ...rest };
    return [step, String(DOMAIN_DEFAULTS.joinWaveMax * times), forMs === 0 ? '' : minutes(forMs)];
  });
  const parts = [
    table(['rule', 'counts', 'normal'], [...rules, joins]),
    table(['step', 'wait', 'for'], steps),
    table(['step of `joins`', 'above', 'for'], joinSteps),
  ];
  return parts.join('\n\n');
}
