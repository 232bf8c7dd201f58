/** Images that stand for those of a registry, made on a device of what it has: busybox, and programs of this machine. */
import assert from 'node:assert/strict';
import { copyFile, mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { Pushing } from './pushing.ts';
import { run } from './run.ts';
import { openTempDirectory } from './temp-directory.ts';
import { makeTree, type Tree } from './tree.ts';

/** Makes the image `reference` of busybox and `programs`, by their paths in it: shell scripts. */
async function makeImage(
  { os, device }: Pushing,
  reference: string,
  programs: Readonly<Record<string, string>>,
  copied: readonly (readonly [from: string, to: string])[] = [],
): Promise<void> {
  await using temp = await openTempDirectory();
  const scripts = Object.entries(programs).map(([name, line]) => [
    `root${name}`,
    { run: `#!/bin/sh\n${line}\n` },
  ]);
  await makeTree(temp.path, {
    ...(Object.fromEntries(scripts) as Tree),
    Dockerfile: 'FROM busybox\nCOPY root /\n',
    'compose.yaml': `name: bases\nservices: {base: {build: ., image: "${reference}"}}\n`,
  });
  for (const [from, to] of copied) {
    const target = path.join(temp.path, 'root', to);
    await mkdir(path.dirname(target), { recursive: true });
    await copyFile(from, target);
  }
  const { code, stderr } = await os('build', device().address, '-s', temp.path);
  assert.equal(code, 0, stderr);
}

/** `node` is this machine's own; `npm` only says what it is asked. */
export async function makeNodeImage(pushing: Pushing, reference: string): Promise<void> {
  const libraries = (await run('ldd', [process.execPath])).matchAll(/(\/\S+) \(0x/g);
  await makeImage(pushing, reference, { '/usr/local/bin/npm': 'echo "npm $*"' }, [
    [process.execPath, '/usr/local/bin/node'],
    ...[...libraries].map(([, file = '']) => [file, file] as const),
  ]);
}

/** `python` serves the directory it is started in, and `pip` only says what it is asked. */
export const makePythonImage = (pushing: Pushing, reference: string): Promise<void> =>
  makeImage(pushing, reference, {
    '/usr/local/bin/pip': 'echo "pip $*"',
    '/usr/local/bin/python': 'echo "python $*"; httpd -p 80; trap "exit 0" TERM; sleep 99999 & wait',
  });
