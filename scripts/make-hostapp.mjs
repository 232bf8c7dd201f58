// An update of the OS of emulated devices, as an archive of `docker save`: what differs from the emulator's own root.
//
//   node scripts/make-hostapp.mjs OUT [--version 2.1.0+rev1] [--type genericx86-64] [--arch amd64] [--broken boot|engine] [--padding BYTES]
//
// `--broken boot`: its init ends at once. `--broken engine`: it boots, and its engine does not start. `--padding`: of a file that
// nothing reads.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';

const architectures = { x64: 'amd64', arm64: 'arm64', arm: 'arm' };
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    version: { type: 'string', default: '2.1.0+rev1' },
    type: { type: 'string', default: 'genericx86-64' },
    arch: { type: 'string', default: architectures[process.arch] ?? process.arch },
    broken: { type: 'string' },
    padding: { type: 'string' },
  },
});
const [out] = positionals;
if (out === undefined) throw new Error('name the archive to make');
const { version, type } = values;

const work = mkdtempSync(path.join(os.tmpdir(), 'os-hostapp-'));
try {
  const root = path.join(work, 'root');
  const put = (name, text, mode) => {
    mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
    writeFileSync(path.join(root, name), text, { mode });
  };
  put(
    'usr/lib/os-release',
    [
      'ID="resin-os"',
      'NAME="Resin OS"',
      `VERSION="${version}"`,
      `VERSION_ID="${version.replace(/\+.*/, '')}"`,
      `PRETTY_NAME="Resin OS ${version}"`,
      `MACHINE="${type}"`,
      'VARIANT="Development"',
      'VARIANT_ID="dev"',
      `SLUG="${type}"`,
      '',
    ].join('\n'),
    0o644,
  );
  if (values.padding !== undefined)
    put('usr/share/padding', Buffer.alloc(Number(values.padding), 'x'), 0o644);
  if (values.broken === 'boot') put('usr/lib/systemd/systemd', '#!/bin/sh\nexit 1\n', 0o755);
  if (values.broken === 'engine')
    put('usr/sbin/dockerd', '#!/bin/sh\necho "this build of the engine is broken" >&2\nexit 1\n', 0o755);

  const tar = (file, directory, names) =>
    execFileSync('tar', [
      '--sort=name',
      '--owner=0',
      '--group=0',
      '--numeric-owner',
      '--mtime=2017-01-01',
      '-C',
      directory,
      '-cf',
      file,
      ...names,
    ]);
  const digest = file => createHash('sha256').update(readFileSync(file)).digest('hex');
  const layer = path.join(work, 'layer.tar');
  tar(layer, root, ['.']);
  const diffId = digest(layer);
  mkdirSync(path.join(work, diffId));
  renameSync(layer, path.join(work, diffId, 'layer.tar'));
  const config = path.join(work, 'config.json');
  writeFileSync(
    config,
    JSON.stringify({
      architecture: values.arch,
      os: 'linux',
      config: {},
      rootfs: { type: 'layers', diff_ids: [`sha256:${diffId}`] },
    }),
  );
  const id = `${digest(config)}.json`;
  renameSync(config, path.join(work, id));
  const layers = [`${diffId}/layer.tar`];
  writeFileSync(
    path.join(work, 'manifest.json'),
    JSON.stringify([{ Config: id, RepoTags: null, Layers: layers }]),
  );
  tar(path.resolve(out), work, ['manifest.json', id, diffId]);
} finally {
  rmSync(work, { recursive: true });
}
