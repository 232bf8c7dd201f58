// What `npm test`, `npm run demo` and `npm run bench` have in common: they install what is missing, and say it. Quick when
// nothing is missing. Uses nothing but Node's own modules.
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { commandExists, installPackages, missingPackages } from './setup/debian-packages.mjs';
import { areNpmPackagesInstalled, installNpmPackages } from './setup/npm-packages.mjs';

export const root = fileURLToPath(new URL('..', import.meta.url));

export const say = text => process.stdout.write(`${text}\n`);

export const seconds = sinceMs => `${((performance.now() - sinceMs) / 1000).toFixed(1)} s`;

function checkNode() {
  const { engines } = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8'));
  const [major, minor] = engines.node.match(/\d+/g).map(Number);
  const [haveMajor, haveMinor] = process.versions.node.split('.').map(Number);
  return haveMajor > major || (haveMajor === major && haveMinor >= minor)
    ? undefined
    : `Node ${process.versions.node} is too old: os needs ${engines.node}`;
}

/** Why devices can't be emulated on this machine, and what to do; undefined when they can, or when apt may help. */
function whyUnsuitable(missing) {
  const needed = missing.map(({ name }) => name).join(' ');
  if (process.platform !== 'linux')
    return 'this is not Linux: an emulated device needs one (Debian 12 or Ubuntu, as root; a virtual machine will do)';
  if (process.getuid() !== 0)
    return `not root: emulated devices and test networks need it. Run the same with sudo${needed && `, which also installs: ${needed}`}`;
  if (missing.length > 0 && !commandExists('apt-get'))
    return `no apt-get here to install what is missing: install what holds ${missing.map(({ proof }) => proof).join(', ')}`;
  return undefined;
}

/**
 * Brings the machine to where the work can be done. `uses`: what Debian packages are wanted for (emulator, tests, bench);
 * empty when none. Returns `failure` when nothing can go on, and `unsuitable`, the reason why devices can't be emulated here.
 */
export async function setUp(uses) {
  const tooOld = checkNode();
  if (tooOld !== undefined) return { failure: tooOld };
  if (!areNpmPackagesInstalled(root)) {
    const startedAt = performance.now();
    const failure = await installNpmPackages(root, say);
    if (failure !== undefined)
      return { failure: `npm packages are missing and can't be installed:\n${failure}` };
    say(`  done in ${seconds(startedAt)}`);
  }
  if (uses.length === 0) return {};
  const missing = missingPackages(uses);
  const unsuitable = whyUnsuitable(missing);
  if (unsuitable !== undefined || missing.length === 0) return { unsuitable };
  const startedAt = performance.now();
  const failure = await installPackages(missing, say);
  if (failure === undefined) say(`  done in ${seconds(startedAt)}`);
  return {
    unsuitable:
      failure &&
      `Debian packages can't be installed: ${missing.map(({ name }) => name).join(', ')}\n${failure.replace(/^/gm, '    ')}`,
  };
}
