/** Builds the page with one script and one file of styles, which is loaded in half of the CPU time. */
import type { PluginOption, UserConfig } from 'vite';
import product from '../../packages/web/vite.config.ts';

const isOf = (plugin: PluginOption, name: string): boolean =>
  plugin !== null && typeof plugin === 'object' && 'name' in plugin && plugin.name === name;

const config: UserConfig = {
  ...product,
  plugins: product.plugins?.filter((plugin) => !isOf(plugin, 'minify-again')) ?? [],
  build: {
    ...product.build,
    cssCodeSplit: false,
    chunkSizeWarningLimit: 10_000,
    rolldownOptions: { output: { codeSplitting: false } },
  },
};

export default config;
