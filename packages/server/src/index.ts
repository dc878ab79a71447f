export { startServer } from './app.ts';
export type { RunningServer, ServerOptions } from './composition/server-options.ts';
export { type Config, ConfigError, loadConfig, type Sources } from './config/load-config.ts';
export { SETTINGS } from './config/settings.ts';
