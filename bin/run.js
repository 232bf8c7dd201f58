#!/usr/bin/env node
// Start-up is a feature: what needs no command is answered before anything heavy is loaded.
import fs from 'node:fs';
import module from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const require = module.createRequire(import.meta.url);
const root = fileURLToPath(new URL('..', import.meta.url));
const argv = process.argv.slice(2);
const [first] = argv;
const isOnly = argv.length === 1;
const isHelp = argv.includes('--help') || argv.includes('-h');

const refuse = () => {
  process.stderr.write(
    `os: it is not built yet: dist/ is missing in ${root}\n    run \`npm run build\` there\n`,
  );
  process.exitCode = 1;
};

const hasHome = () => {
  try {
    return os.homedir() !== '';
  } catch (error) {
    if (error.code !== 'ERR_SYSTEM_ERROR') throw error;
    return false;
  }
};

// `os --help | head` is no failure; a full disk is.
const onOutputError = error => {
  if (error.code === 'EPIPE') return;
  process.stderr.write(`os: cannot write the output: ${error.code}\n`);
  process.exitCode = 141;
};

if (argv.length === 0 || (isOnly && (first === '--help' || first === '-h' || first === 'help'))) {
  try {
    process.stdout.on('error', onOutputError).write(fs.readFileSync(`${root}dist/help.txt`));
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
    refuse();
  }
} else if (isOnly && first === '--version') {
  const { version } = JSON.parse(fs.readFileSync(`${root}package.json`, 'utf8'));
  process.stdout.on('error', onOutputError).write(`${version}\n`);
} else if (first === '__complete') {
  // A shell asks while somebody types: whatever fails is no candidates.
  try {
    const { completionLines } = require('../dist/cli/complete.cjs');
    const lines = completionLines(argv.slice(1), root);
    process.stdout.on('error', () => undefined).write(lines.map(line => `${line}\n`).join(''));
  } catch {
    process.exitCode = 1;
  }
} else if (!hasHome()) {
  process.stderr.write('os: this user has no home directory: set HOME to a directory of yours\n');
  process.exitCode = 2;
} else if (fs.existsSync(`${root}dist/cli/main.cjs`)) {
  const load = require('../dist/cli/load/load.cjs').openLoader({
    dist: `${root}dist${path.sep}`,
    command: first,
  });
  const isDone = first === 'scan' && !isHelp && (await load('cli/quick-scan.cjs').quickScan(argv.slice(1)));
  if (!isDone) await load('cli/main.cjs').main(argv, { root });
} else refuse();
