import { copyFile, rm } from 'node:fs/promises';
import path from 'node:path';
import type { AptArchives } from './apt-archives.ts';
import { readAcquireSettings } from './apt-archives.ts';
import type { EmulatorContext } from '../place.ts';
import { excludedPaths, packages } from './rootfs-recipe.ts';
import { runTool } from '../machine/tool.ts';

/** Private namespaces: all processes and mounts in them end when the first process is killed. */
const isolation = ['--mount', '--pid', '--fork', '--kill-child=SIGKILL', '--mount-proc', '--'];

/** Fills `root` with the packages of a device. */
export async function buildBase(
  context: EmulatorContext,
  archives: AptArchives,
  root: string,
  onProgress: (what: string) => void,
): Promise<void> {
  const { signal } = context;
  const args = [
    '--mode=root',
    '--variant=apt',
    `--include=${[...packages, ...archives.extraPackages].join(',')}`,
    '--aptopt=APT::Install-Recommends "false"',
    `--aptopt=${await readAcquireSettings(signal)}`,
    ...excludedPaths.map(excluded => `--dpkgopt=path-exclude=${excluded}`),
    archives.suite,
    root,
    '-',
  ];
  await runTool('unshare', [...isolation, 'mmdebstrap', ...args], {
    signal,
    abortWith: 'SIGKILL',
    stdin: `${archives.sources.join('\n')}\n`,
    onTalk: line => {
      const stage = /^I: (.+?)(\.\.\.)?$/.exec(line)?.[1];
      if (stage !== undefined) onProgress(stage);
    },
  });
}

/** Creates `root` from `base`, whose files it shares, and the device's own files. */
export async function finishRootfs(context: EmulatorContext, base: string, root: string): Promise<void> {
  const { place, signal } = context;
  await runTool('cp', ['--archive', '--link', base, root], { signal });
  // --remove-destination: a file that is written in place would change in the base as well.
  const own = path.join(place.resourceDirectory, 'rootfs');
  const copying = ['--recursive', '--no-dereference', '--remove-destination', '--no-target-directory'];
  await runTool('cp', [...copying, own, root], { signal });
  const script = path.join(root, 'finish-rootfs.sh');
  await copyFile(path.join(place.resourceDirectory, 'scripts', 'finish-rootfs.sh'), script);
  const finishing = ['chroot', root, '/bin/sh', '/finish-rootfs.sh'];
  await runTool('unshare', [...isolation, ...finishing], { signal, abortWith: 'SIGKILL' });
  await rm(script);
}
