import { ConfigError } from '../config/load-config.ts';

export function redisUnusable(cause: unknown): ConfigError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new ConfigError(`REDIS_URL cannot be used: ${reason}.`, { cause });
}
