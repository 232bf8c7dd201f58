import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { OsError } from '../../core/errors.ts';
import { runTool } from '../machine/tool.ts';

/** Package sources of devices: those that this machine itself installs from, without third parties. */
export interface AptArchives {
  /** Codename of the running release. */
  readonly suite: string;
  /** One-line sources.list entries. */
  readonly sources: readonly string[];
  /** Packages that only some releases have, and that a device needs if they exist. */
  readonly extraPackages: readonly string[];
}

/** The keyring that a distribution signs its archives with. */
const keyrings: Readonly<Record<string, string>> = {
  Debian: '/usr/share/keyrings/debian-archive-keyring.gpg',
  Ubuntu: '/usr/share/keyrings/ubuntu-archive-keyring.gpg',
};

const targetFormat = '$(ORIGIN)|$(CODENAME)|$(RELEASE)|$(REPO_URI)|$(COMPONENT)';

/**
 * Selects the distribution's own archives from the output of `apt-get indextargets` in `targetFormat`. An archive is
 * the distribution's own when its Release file, which apt has verified, says so.
 */
export function planSources(targets: string, suite: string, hasFile: (file: string) => boolean): string[] {
  const sources = targets.split('\n').flatMap(line => {
    const [origin = '', codename = '', release = '', uri = '', component = ''] = line.split('|');
    const keyring = keyrings[origin];
    if (keyring === undefined || component === '') return [];
    if (codename !== suite && !codename.startsWith(`${suite}-`) && !release.startsWith(`${suite}-`))
      return [];
    if (/-(backports|proposed|proposed-updates)(\/|$)/.test(release)) return [];
    const options = hasFile(keyring) ? `[signed-by=${keyring}] ` : '';
    return [`deb ${options}${uri} ${release} ${component}`];
  });
  return [...new Set(sources)].sort();
}

export async function readSuite(): Promise<string> {
  const text = await readFile('/etc/os-release', 'utf8');
  const suite = /^VERSION_CODENAME="?([a-z]+)"?$/m.exec(text)?.[1];
  if (suite !== undefined) return suite;
  throw new OsError(
    'host-unsuitable',
    'emulated devices are made of the packages of a Debian or Ubuntu release',
    {
      hint: 'run `os emulator` on Debian or Ubuntu, or in a virtual machine with one of them',
    },
  );
}

/** Finds the engine's client, if the release packages it separately. */
async function readExtraPackages(options: readonly string[], signal: AbortSignal): Promise<string[]> {
  const known = await runTool('apt-cache', [...options, 'madison', 'docker-cli'], { signal });
  return known.trim() === '' ? [] : ['docker-cli'];
}

/** Reads the archives from apt without changing its package lists: missing ones are fetched to a separate directory. */
export async function readArchives(signal: AbortSignal): Promise<AptArchives> {
  const suite = await readSuite();
  const list = ['indextargets', '--format', targetFormat];
  const known = planSources(await runTool('apt-get', list, { signal }), suite, existsSync);
  if (known.length > 0) return { suite, sources: known, extraPackages: await readExtraPackages([], signal) };
  const lists = await mkdtemp(path.join(tmpdir(), 'os-apt-lists-'));
  try {
    const aside = ['-o', `Dir::State::Lists=${lists}`];
    await runTool('apt-get', [...aside, 'update', '-q'], { signal });
    const fetched = planSources(await runTool('apt-get', [...aside, ...list], { signal }), suite, existsSync);
    if (fetched.length > 0)
      return { suite, sources: fetched, extraPackages: await readExtraPackages(aside, signal) };
  } finally {
    await rm(lists, { recursive: true, force: true });
  }
  throw new OsError('host-unsuitable', `apt knows no archive of the distribution for ${suite}`, {
    hint: 'see that `apt-get update` works on this machine',
  });
}

/** This machine's settings for fetching packages (a proxy, say), for another apt. */
export async function readAcquireSettings(signal: AbortSignal): Promise<string> {
  const dump = await runTool('apt-config', ['dump', '--format', '%F "%v";%n', 'Acquire'], { signal });
  return dump
    .split('\n')
    .filter(line => /^Acquire::(https?|ftp|Retries|Check-)/i.test(line) && !line.endsWith(' "";'))
    .join('\n');
}
