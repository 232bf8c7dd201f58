// `npm run bench -- NAME`: installs what is missing, builds, and runs bench/NAME.ts.
import fs from 'node:fs';
import { runChild } from './child.mjs';
import { root, say, setUp } from './setup.mjs';

process.chdir(root);
const names = fs
  .readdirSync('bench')
  .filter(file => file.endsWith('.ts') && !['measure.ts', 'report.ts'].includes(file))
  .map(file => file.replace(/\.ts$/, ''));
const [name, ...rest] = process.argv.slice(2);

if (!names.includes(name)) {
  say(`npm run bench -- NAME [--json], where NAME is one of: ${names.join(', ')}`);
  process.exitCode = 2;
} else {
  const { failure, unsuitable } = await setUp(
    name === 'startup' ? [] : ['emulator', 'tests', 'bench', `bench ${name}`],
  );
  const problem = failure ?? unsuitable;
  const build = problem === undefined ? await runChild(['scripts/build.mjs']) : undefined;
  if (build?.code === 0) {
    const { code } = await runChild(['--import=tsx', `bench/${name}.ts`, ...rest], {
      output: 'live',
      env: { NODE_EXTRA_CA_CERTS: undefined },
    });
    process.exitCode = code ?? 1;
  } else {
    say(problem ?? build.text);
    process.exitCode = 1;
  }
}
