export { type RunningServer, type ServerOptions, startServer } from './app.ts';
export { type Config, ConfigError, loadConfig, type Sources } from './config/load-config.ts';
export { SETTINGS } from './config/settings.ts';
