/**
 * Detects texts that look like injection attempts. They are stored and sent as any other text,
 * because text is never executed here; the operator's log gets the pattern.
 */

type InjectionPattern = 'script' | 'sql';

const PATTERNS: readonly (readonly [InjectionPattern, RegExp])[] = Object.freeze([
  ['script', /<\s*(?:script|iframe|object|embed)\b|<[^<>]{0,200}\son\w{3,20}\s*=|javascript:\w/i],
  [
    'sql',
    /\bunion\s+(?:all\s+)?select\b|['"]\s*or\s+['"]?(\w+)['"]?\s*=\s*['"]?\1|;\s*drop\s+table\b/i,
  ],
]);

export function findInjectionPattern(text: string): InjectionPattern | undefined {
  return PATTERNS.find(([, pattern]) => pattern.test(text))?.[0];
}
