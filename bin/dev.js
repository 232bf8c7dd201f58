#!/usr/bin/env node
// `os` from its TypeScript sources, with no build: for development in a clone.
import { register } from 'tsx/esm/api';
import { fileURLToPath } from 'node:url';

process.env.NODE_ENV ??= 'development';
register();
const { main } = await import('../src/cli/main.ts');
await main(process.argv.slice(2), {
  root: fileURLToPath(new URL('..', import.meta.url)),
  commands: './src/commands',
});
