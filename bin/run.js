#!/usr/bin/env node
// Start-up is a feature: what needs no command is answered before anything heavy is loaded.
import { readFileSync } from 'node:fs';

const packageRoot = new URL('..', import.meta.url);
const argv = process.argv.slice(2);
const [first] = argv;

if (argv.length === 0 || (argv.length === 1 && (first === '--help' || first === 'help'))) {
  process.stdout.write(readFileSync(new URL('dist/help.txt', packageRoot)));
} else if (argv.length === 1 && first === '--version') {
  process.stdout.write(`${JSON.parse(readFileSync(new URL('package.json', packageRoot), 'utf8')).version}\n`);
} else {
  const { main } = await import('../dist/cli/main.js');
  await main(argv, packageRoot.pathname);
}
